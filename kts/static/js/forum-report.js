// Shows how a report of experience will look while its fields are filled in, by the server's rules.

"use strict";

(() => {
  const PREVIEW_AFTER = 400; // ms without a key

  function setUp(box) {
    const fields = box.closest("[data-report-fields]");
    const button = box.querySelector("[data-report-show]");
    const pane = box.querySelector(".editor-preview");
    const status = box.querySelector("[role=status]");
    let timer;
    let asked;

    function words() {
      const body = new URLSearchParams({ kind: "experience" });
      for (const field of fields.querySelectorAll("textarea[name], input[name]")) body.set(field.name, field.value);
      return body;
    }

    async function fetchPreview() {
      asked?.abort();
      asked = new AbortController();
      const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
      try {
        const answer = await fetch(box.dataset.address, { method: "POST", body: words(), headers, signal: asked.signal });
        if (!answer.ok) throw new Error(answer.statusText);
        pane.innerHTML = await answer.text(); // made by the server's allow-list, as the post will be
        status.textContent = box.dataset.sayPreview;
      } catch (error) {
        if (error.name === "AbortError") return;
        pane.textContent = status.textContent = box.dataset.sayFailed;
      }
    }

    button.addEventListener("click", () => {
      pane.hidden = !pane.hidden;
      button.setAttribute("aria-expanded", String(!pane.hidden));
      if (!pane.hidden) fetchPreview();
    });
    fields.addEventListener("input", () => {
      clearTimeout(timer);
      if (!pane.hidden) timer = setTimeout(fetchPreview, PREVIEW_AFTER);
    });
    box.hidden = false;
  }

  for (const box of document.querySelectorAll("[data-report]")) setUp(box);
})();
