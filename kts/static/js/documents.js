/* Turn a document's pages with the arrow keys; the permalink field selects itself.
 * Left alone: typing in a field, any key with a modifier, and a page that can scroll sideways. */
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable], summary")) return;
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) return;
  const direction = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = direction && document.querySelector(`.kts-pager a[rel="${direction}"]`);
  if (link) link.click();
});

const permalink = document.getElementById("permalink");
if (permalink) permalink.addEventListener("focus", () => permalink.select());
