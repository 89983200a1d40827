// Comfort on top of pages that work without it: menus close when left, arrow keys walk through
// suggestions, error summaries take the focus, wide tables too, a form is not sent twice, and what was typed is not lost by a wrong click.

"use strict";

const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
});

// Suggestions: arrow down from the box, up and down between them, Escape back to the box.
document.addEventListener("keydown", (event) => {
  const box = event.target.closest(".kts-search");
  const list = box?.querySelector(".kts-suggestions");
  if (!list?.firstElementChild) return;
  const input = box.querySelector("input");
  if (event.key === "Escape") {
    list.replaceChildren();
    input.focus();
    event.preventDefault();
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [input, ...list.querySelectorAll("a")];
  const next = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  stops[(next + stops.length) % stops.length].focus();
  event.preventDefault();
});

// What scrolls sideways must be reachable by keyboard; only wide tables in texts do.
function reachWideTables() {
  for (const table of document.querySelectorAll(".kts-prose table")) {
    if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
    else table.removeAttribute("tabindex");
  }
}

reachWideTables();
window.addEventListener("resize", reachWideTables);
document.addEventListener("htmx:afterSettle", reachWideTables);

const SEND_AGAIN_AFTER = 4000; // a double click is shorter, a second wish is longer

document.querySelector("#form-errors")?.focus();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, SEND_AGAIN_AFTER);
  changed.delete(form);
});

// The browser's back button may show a page from memory: its forms can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

const changed = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) changed.add(form);
});

window.addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected)) event.preventDefault();
});
