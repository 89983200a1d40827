// Comfort on top of pages that work without it: menus close when left, the search box
// proposes, error summaries take the focus, wide tables too, a form is not sent twice, and what was typed is not lost by a wrong click.

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

// The search box as a combobox (ARIA 1.2): the focus stays in the box, the arrows walk through the
// proposals, Enter takes the marked one, Escape closes the list and keeps the text. A link proposal
// leads on; one with data-kts-fill goes on in the box.
function suggestFor(box) {
  const input = box.querySelector("input");
  const place = box.querySelector(".kts-suggestions");
  const told = box.querySelector("[role=status]");
  const options = () => [...place.querySelectorAll("[role=option]")];
  const marked = () => place.querySelector("[aria-selected=true]");

  function mark(option) {
    marked()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function show() {
    const list = place.querySelector("[role=listbox]");
    input.setAttribute("aria-expanded", String(Boolean(list)));
    if (list) input.setAttribute("aria-controls", list.id);
    else input.removeAttribute("aria-controls");
    mark(null);
    told.textContent = place.querySelector("[data-kts-told]")?.textContent ?? "";
  }

  function close() {
    window.htmx?.trigger(input, "htmx:abort");
    place.replaceChildren();
    show();
  }

  function take(option) {
    if (!option.dataset.ktsFill) {
      option.click();
      return;
    }
    input.value = option.dataset.ktsFill;
    input.focus();
    close();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function step(by) {
    const stops = [null, ...options()];
    const next = stops.indexOf(marked()) + by;
    mark(stops[(next + stops.length) % stops.length]);
  }

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.addEventListener("keydown", (event) => {
    if (!options().length || event.isComposing) return;
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter" && marked()) take(marked());
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  // The focus stays in the box while somebody presses a mouse button on a proposal.
  place.addEventListener("mousedown", (event) => event.preventDefault());
  place.addEventListener("click", (event) => {
    const option = event.target.closest("[data-kts-fill]");
    if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    take(option);
  });
  place.addEventListener("htmx:afterSwap", () => {
    if (document.activeElement === input) show();
    else close();
  });
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget)) close();
  });
  box.addEventListener("submit", close);
}

for (const place of document.querySelectorAll("form.kts-search > .kts-suggestions")) suggestFor(place.parentElement);

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

// A message that stays in view goes on its way once somebody scrolls herself.
for (const deed of ["wheel", "touchmove"]) {
  addEventListener(deed, () => document.querySelector(".kts-flashes")?.setAttribute("data-seen", ""), { once: true, passive: true });
}

const changed = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) changed.add(form);
});

window.addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected && !form.dataset.kept)) event.preventDefault();
});
