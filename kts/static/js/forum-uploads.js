/* Sends images and files while somebody writes: pasted, dropped or chosen. Each has a bar that shows
 * how far it is, can be cancelled and sent again, and stands in the text as soon as it is there.
 * An image asks for its description, which is written into the text. */
"use strict";

(() => {
  function take(box) {
    const form = box.closest("form");
    const area = form.querySelector("textarea[name=body]");
    const editor = area.closest("[data-editor]") ?? area;
    const chooser = box.querySelector("input[type=file]");
    const list = box.querySelector(".forum-uploads__list");
    const template = box.querySelector("template");
    const said = box.querySelector("[data-said]");
    const say = (text) => (said.textContent = text);
    const running = new Set();

    for (const hint of box.querySelectorAll("[data-with-script]")) hint.hidden = false;

    function changed() {
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }

    // Where the cursor stands; in the middle of a line or in a table, behind that block.
    function placeFor(value, cursor) {
      const line = value.slice(value.lastIndexOf("\n", cursor - 1) + 1).split("\n", 1)[0];
      const ends = value[cursor] === undefined || value[cursor] === "\n";
      if (ends && !line.startsWith("|")) return cursor;
      const end = value.indexOf("\n\n", cursor);
      return end < 0 ? value.length : end;
    }

    // On lines of its own.
    function insert(markdown) {
      const place = placeFor(area.value, area.selectionEnd);
      const before = area.value.slice(0, place);
      const after = area.value.slice(place);
      const start = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
      const end = after.startsWith("\n") ? "\n" : "\n\n";
      area.setRangeText(start + markdown + end, place, place, "end");
      changed();
    }

    function describe(id, alt) {
      const clean = alt.replace(/\[/g, "(").replace(/\]/g, ")").replace(/\\/g, "/").replace(/\s+/g, " ").trim();
      area.value = area.value.replace(new RegExp(`!\\[[^\\[\\]]*\\]\\(/anhang/${id}\\)`, "g"), () => `![${clean}](/anhang/${id})`);
      changed();
    }

    function bindDescription(item, id) {
      const alt = item.querySelector("[data-alt], input[name^=alt-]");
      const decorative = item.querySelector("[data-decorative], input[name^=decorative-]");
      const write = () => describe(id, decorative.checked ? "-" : alt.value);
      alt.addEventListener("input", write);
      decorative.addEventListener("change", () => {
        alt.disabled = decorative.checked;
        write();
      });
    }

    function name(item, selector, id, prefix) {
      const field = item.querySelector(selector);
      field.id = field.name = `${prefix}-${id}`;
      field.parentElement.querySelector("label").htmlFor = field.id;
      return field;
    }

    function show(item, found) {
      insert(found.markdown);
      item.querySelector("progress").remove();
      item.querySelector("[data-cancel]").remove();
      item.querySelector(".forum-upload__name").textContent = `${found.name} (${found.size})`;
      const remove = item.querySelector("[data-remove]");
      remove.hidden = false;
      remove.addEventListener("click", () => {
        area.value = area.value.replace(new RegExp(`\\n*!?\\[[^\\[\\]]*\\]\\(/anhang/${found.id}\\)`, "g"), "");
        item.remove();
        changed();
        area.focus();
      });
      say(box.dataset.sayDone.replace("{name}", found.name));
      if (!found.is_image) return;
      const image = item.querySelector("img");
      image.src = `/anhang/${found.id}`;
      image.hidden = false;
      item.querySelector(".forum-upload__alt").hidden = false;
      const alt = name(item, "[data-alt]", found.id, "alt");
      name(item, "[data-decorative]", found.id, "decorative");
      bindDescription(item, found.id);
      alt.focus();
    }

    function fail(item, sentence, file) {
      item.querySelector("progress").hidden = true;
      item.querySelector("[data-cancel]").hidden = true;
      const error = item.querySelector(".kern-error");
      error.hidden = false;
      error.querySelector(".kern-body").textContent = sentence;
      say(`${file.name}: ${sentence}`);
      const remove = item.querySelector("[data-remove]");
      remove.hidden = false;
      remove.addEventListener("click", () => item.remove());
      const again = item.querySelector("[data-again]");
      again.hidden = false;
      again.addEventListener("click", () => {
        item.remove();
        send(file);
      });
    }

    function send(file) {
      const item = template.content.firstElementChild.cloneNode(true);
      item.querySelector(".forum-upload__name").textContent = file.name;
      const bar = item.querySelector("progress");
      bar.setAttribute("aria-label", box.dataset.saySending.replace("{name}", file.name));
      list.append(item);
      if (file.size > Number(box.dataset.maxBytes)) return fail(item, box.dataset.sayTooLarge, file);
      say(box.dataset.saySending.replace("{name}", file.name));
      const request = new XMLHttpRequest(); // fetch does not tell how far an upload is
      const content = new FormData();
      content.set("csrf_token", form.elements.csrf_token.value);
      content.set("file", file, file.name);
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = Math.round((100 * event.loaded) / event.total);
      });
      request.addEventListener("load", () => {
        const told = request.response;
        if (request.status === 200 && told?.id) show(item, told);
        else fail(item, told?.error ?? box.dataset.sayFailed, file);
      });
      request.addEventListener("error", () => fail(item, box.dataset.sayFailed, file));
      request.addEventListener("loadend", () => running.delete(request));
      item.querySelector("[data-cancel]").addEventListener("click", () => {
        request.abort();
        item.remove();
        say(box.dataset.sayCancelled);
        area.focus();
      });
      request.responseType = "json";
      request.open("POST", box.dataset.address);
      running.add(request);
      request.send(content);
      return undefined;
    }

    chooser.addEventListener("change", () => {
      for (const file of chooser.files) send(file);
      chooser.value = ""; // sent already, not once more with the form
    });
    // Office programs put an image of the copied text beside it: then the text is meant.
    area.addEventListener("paste", (event) => {
      const data = event.clipboardData;
      if (!data?.files.length || data.getData("text/plain")) return;
      event.preventDefault();
      for (const file of data.files) send(file);
    });
    editor.addEventListener("dragover", (event) => {
      if (event.dataTransfer.types.includes("Files")) event.preventDefault();
    });
    editor.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      for (const file of event.dataTransfer.files) send(file);
    });
    for (const button of form.querySelectorAll("[data-editor-upload]")) button.addEventListener("click", () => chooser.click());
    form.addEventListener("submit", (event) => {
      if (!running.size) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      say(box.dataset.sayWait);
      list.scrollIntoView({ block: "center" });
    }, true);
    for (const item of list.querySelectorAll("[data-image]")) bindDescription(item, item.dataset.image);
  }

  for (const box of document.querySelectorAll("[data-uploads]")) take(box);
})();
