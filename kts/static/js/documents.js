/* Turn a document's pages with the arrow keys; the permalink field selects itself; copy a citation,
 * or the selected passage with its source.
 * Left alone: typing in a field, any key with a modifier, and a page that can scroll sideways. */
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable], summary, pre")) return;
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) return;
  const direction = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = direction && document.querySelector(`.kts-pager a[rel="${direction}"]`);
  if (link) link.click();
});

const permalink = document.getElementById("permalink");
if (permalink) permalink.addEventListener("focus", () => permalink.select());

// Without a permission, or on a site without TLS, the browser has only the old way to copy.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "kern-sr-only";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

function selectedIn(id) {
  const selection = getSelection();
  const text = document.getElementById(id);
  if (!text || selection.isCollapsed || !selection.rangeCount) return "";
  const inside = [selection.anchorNode, selection.focusNode].every((node) => text.contains(node));
  return inside ? selection.toString().trim().replace(/\s+/g, " ") : "";
}

for (const cite of document.querySelectorAll(".kts-cite")) {
  const status = cite.querySelector("[role=status]");
  // Emptied first, so that the same words are read out again.
  const tell = (words) => {
    status.textContent = "";
    setTimeout(() => (status.textContent = words), 50);
  };
  for (const button of cite.querySelectorAll(".kts-copy")) {
    button.hidden = false;
    button.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy || "cite-text").textContent.trim();
      const passage = button.dataset.quote && selectedIn(button.dataset.quote);
      if (passage === "") return tell(button.dataset.nothing);
      const done = await copy(passage ? `„${passage}“ (${source})` : source);
      tell(done ? cite.dataset.copied : cite.dataset.notCopied);
      button.focus();
    });
  }
}
