// The order of a dossier's parts: drag the handle with a pointer, or press the arrow keys on it. Each
// move is saved at once and can be undone. Without this script buttons and numbers do the same.

"use strict";

(() => {
  const list = document.getElementById("teile-liste");
  const form = document.getElementById("reihenfolge");
  if (!list || !form) return;
  const undo = document.getElementById("reihenfolge-zurueck");
  const status = document.getElementById("reihenfolge-stand");
  const say = form.dataset;
  const parts = () => [...list.children];
  const order = () => parts().map((part) => part.dataset.id).join(",");
  let saved = order();
  let waiting = Promise.resolve();

  // Screen readers repeat only what differs, so two same sentences are told apart.
  function tell(text) {
    status.textContent = status.textContent === text ? `${text}\u00a0` : text;
  }

  function moved(part) {
    const row = parts();
    return say.moved
      .replace("{name}", part.dataset.name)
      .replace("{place}", String(row.indexOf(part) + 1))
      .replace("{count}", String(row.length));
  }

  // Numbers and the first and last button follow the order without loading the page anew.
  function renumber() {
    const row = parts();
    row.forEach((part, index) => {
      part.querySelector(`[name="platz-${part.dataset.id}"]`).value = String(index + 1);
      const ends = { hoch: index === 0, runter: index === row.length - 1 };
      for (const [name, off] of Object.entries(ends)) {
        const button = document.getElementById(`${name}-${part.dataset.id}`);
        if (off) button.setAttribute("aria-disabled", "true");
        else button.removeAttribute("aria-disabled");
      }
      for (const element of part.querySelectorAll("[aria-label]")) {
        const label = element.getAttribute("aria-label");
        element.setAttribute("aria-label", label.replace(/\d+/, String(index + 1)));
      }
      const label = part.querySelector("label");
      label.textContent = label.textContent.replace(/\d+/, String(index + 1));
    });
  }

  // Another editor was quicker: the server shows both orders, so the form is sent as it would be
  // without a script.
  function askTheServer() {
    form.elements.order.value = order();
    const move = document.createElement("input");
    Object.assign(move, { type: "hidden", name: "move", value: "" });
    form.append(move);
    form.submit();
  }

  async function send() {
    const wanted = order();
    if (wanted === saved) return;
    const data = new FormData(form);
    data.set("order", wanted);
    data.set("move", "");
    let answer;
    try {
      answer = await fetch(form.action, {
        method: "POST",
        body: data,
        headers: { Accept: "application/json" },
      });
    } catch {
      tell(say.failed);
      return;
    }
    if (answer.status === 409) {
      askTheServer();
      return;
    }
    if (!answer.ok) {
      tell(say.failed);
      return;
    }
    const told = await answer.json();
    undo.elements.order.value = told.before.join(",");
    undo.hidden = false;
    for (const each of [form, undo]) each.elements.version.value = String(told.version);
    form.elements.order.value = wanted;
    saved = wanted;
    list.dataset.saved = saved;
  }

  function save(part) {
    renumber();
    if (part) tell(moved(part));
    waiting = waiting.then(send);
  }

  function place(part, index) {
    const row = parts();
    const here = row.indexOf(part);
    const there = Math.max(0, Math.min(row.length - 1, index));
    if (here === there) return false;
    if (there > here) row[there].after(part);
    else row[there].before(part);
    return true;
  }

  function move(part, index, focused) {
    if (place(part, index)) {
      focused.focus(); // moving an element takes the focus away from it
      part.scrollIntoView({ block: "nearest" });
      save(part);
    }
  }

  const keys = {
    ArrowUp: (here) => here - 1,
    ArrowDown: (here) => here + 1,
    Home: () => 0,
    End: () => parts().length - 1,
  };

  list.addEventListener("keydown", (event) => {
    const handle = event.target.closest(".dossier-handle");
    if (!handle || !keys[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const part = handle.closest("li");
    move(part, keys[event.key](parts().indexOf(part)), handle);
  });

  list.addEventListener("click", (event) => {
    const button = event.target.closest('button[name="move"]');
    if (!button) return;
    const part = button.closest("li");
    const here = parts().indexOf(part);
    const [, step] = button.value.split(":");
    const typed = Number(part.querySelector(`[name="platz-${part.dataset.id}"]`).value);
    const index = { hoch: here - 1, runter: here + 1 }[step] ?? typed - 1;
    if (!Number.isInteger(index)) return;
    event.preventDefault();
    move(part, index, button);
  });

  undo.addEventListener("submit", (event) => {
    event.preventDefault();
    const before = undo.elements.order.value.split(",");
    for (const id of before) {
      const part = document.getElementById(`teil-${id}`);
      if (part) list.append(part);
    }
    tell(say.undone);
    save(null);
    undo.querySelector("button").focus();
  });

  // Dragging: the part follows the pointer through the list; Escape puts it back.
  let dragged = null;

  function begin(event) {
    const handle = event.target.closest(".dossier-handle");
    if (!handle || event.button !== 0) return;
    event.preventDefault(); // no selection of text while dragging
    dragged = { part: handle.closest("li"), handle, from: parts() };
    dragged.part.classList.add("is-dragged");
  }

  function follow(event) {
    if (!dragged) return;
    const { part } = dragged;
    const edge = 60;
    if (event.clientY < edge) window.scrollBy(0, -12);
    if (event.clientY > window.innerHeight - edge) window.scrollBy(0, 12);
    const row = parts();
    const here = row.indexOf(part);
    const middle = (other) => {
      const box = other.getBoundingClientRect();
      return box.top + box.height / 2;
    };
    if (here > 0 && event.clientY < middle(row[here - 1])) row[here - 1].before(part);
    else if (here < row.length - 1 && event.clientY > middle(row[here + 1])) row[here + 1].after(part);
  }

  function end(keep) {
    if (!dragged) return;
    const { part, handle, from } = dragged;
    dragged = null;
    part.classList.remove("is-dragged");
    if (!keep) list.append(...from);
    handle.focus();
    if (keep) save(order() === saved ? null : part);
  }

  list.addEventListener("pointerdown", begin);
  // On the document, since an element that changes its place loses the pointer.
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", () => end(true));
  document.addEventListener("pointercancel", () => end(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end(false);
  });

  for (const handle of list.querySelectorAll(".dossier-handle")) handle.hidden = false;
  document.getElementById("griff-hilfe").hidden = false;
})();
