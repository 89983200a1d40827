// Single keys at the moderators' desk. They press what is there: links, boxes and buttons, which do the
// same without this script. The focus is on a row's title, so screen readers tell the row and its facts.
// Each person can switch them off (WCAG 2.1.4); then only the help is left.

"use strict";

(() => {
  const form = document.getElementById("desk-rows");
  const said = document.getElementById("desk-keys-said");
  const help = document.getElementById("desk-keys");
  if (!form || !said || !help?.showModal) return;
  const NEXT = "kts-desk-next"; // the row to go on with when the page comes back
  const FIELDS = "input:not([type=checkbox]), textarea, select, [contenteditable]";
  const rows = () => [...form.querySelectorAll(".kts-desk__row")];
  const titleOf = (row) => row.querySelector("[data-open]");
  let current = null;

  const opener = document.getElementById("desk-keys-open");
  document.getElementById("desk-keys-row").hidden = false;
  opener.addEventListener("click", () => help.showModal());
  document.getElementById("desk-keys-close").addEventListener("click", () => help.close());
  form.addEventListener("focusin", (event) => {
    current = event.target.closest(".kts-desk__row") ?? current;
  });

  function goTo(row) {
    titleOf(row).focus();
    row.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const all = rows();
    const place = all.indexOf(current);
    const next = all[place < 0 ? 0 : place + by];
    if (next) goTo(next);
  }

  function tick(row) {
    const box = row.querySelector("input[name=ding]");
    box.checked = !box.checked;
    const count = form.querySelectorAll("input[name=ding]:checked").length;
    const sentence = box.checked ? said.dataset.ticked : said.dataset.unticked;
    said.textContent = sentence
      .replace("{title}", () => titleOf(row).textContent)
      .replace("{count}", String(count));
  }

  function press(row, deed, otherwise) {
    const button = row.querySelector(`button[value^="${deed}:"]`);
    if (!button) {
      said.textContent = otherwise;
      return;
    }
    const all = rows();
    const next = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1];
    if (next) sessionStorage.setItem(NEXT, titleOf(next).id);
    button.click();
  }

  function open(row, part) {
    location.assign(row.querySelector("[data-more]").href + part);
  }

  const KEYS = {
    x: tick,
    o: (row) => titleOf(row).click(),
    a: (row) => press(row, "nehmen", said.dataset.cannotTake),
    z: (row) => press(row, "morgen", said.dataset.cannotWait),
    w: (row) => open(row, "#w-on"),
    n: (row) => open(row, "#w-note"),
  };

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (help.open || event.target.closest?.(FIELDS)) return;
    if (event.key === "?") help.showModal();
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (KEYS[event.key] && current && !event.repeat) KEYS[event.key](current);
    else return;
    event.preventDefault();
  }

  // After a button was pressed the address leads to the row itself; where it has left, on with the next.
  function goOn() {
    const next = sessionStorage.getItem(NEXT);
    sessionStorage.removeItem(NEXT);
    const title = next && !location.hash ? document.getElementById(next) : null;
    if (title) goTo(title.closest(".kts-desk__row"));
  }

  if (said.dataset.on === "1") {
    document.addEventListener("keydown", onKey);
    goOn();
  }
})();
