// What is marked in the reviewed text becomes the passage of the comment; a canned text is put in.
(() => {
  const form = document.getElementById("neuer-kommentar");
  if (!form) return;
  const quote = form.elements.quote;
  const page = form.elements.page;
  const text = form.elements.text;
  const canned = form.elements.canned;

  function takePassage() {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return;
    const around = selection.getRangeAt(0).commonAncestorContainer;
    const holder = (around.nodeType === Node.ELEMENT_NODE ? around : around.parentElement).closest("[data-passage]");
    const words = selection.toString().replace(/\s+/g, " ").trim();
    if (!holder || !words) return;
    quote.value = words.slice(0, 1000);
    if (page && holder.dataset.page) page.value = holder.dataset.page;
  }
  document.addEventListener("mouseup", takePassage);
  document.addEventListener("keyup", (event) => {
    if (event.shiftKey || event.key === "Shift") takePassage();
  });

  const insert = form.querySelector("button[name=insert]");
  if (insert && canned) {
    insert.addEventListener("click", (event) => {
      event.preventDefault();
      const chosen = form.querySelector(`template[data-canned-text="${CSS.escape(canned.value)}"]`);
      if (!chosen) return;
      const words = chosen.content.textContent;
      text.value = text.value ? `${text.value}\n\n${words}` : words;
      text.focus();
    });
  }
})();
