// The editor on top of a text area that works without it: formatting with buttons and keys, lists
// that go on, a preview by the server's own rules, people after @ and documents after #, quoting
// what is marked in a post. Everything is written with insertText, so that undoing works.

"use strict";

(() => {
  const PREVIEW_AFTER = 400; // ms without a key
  const PROPOSE_AFTER = 150;
  const NEAR_THE_END = 0.9; // of the characters that fit; before that a number would only distract
  const MOST_LINES_MEASURED = 4000; // characters before the cursor copied to find its place

  const headers = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  const later = (run, delay) => {
    let timer;
    return (...given) => {
      clearTimeout(timer);
      timer = setTimeout(run, delay, ...given);
    };
  };

  function write(area, text, from = area.selectionStart, to = area.selectionEnd) {
    area.focus();
    area.setSelectionRange(from, to);
    if (!text && from === to) return;
    if (document.execCommand(text ? "insertText" : "delete", false, text)) return;
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const lineStart = (value, at) => (at ? value.lastIndexOf("\n", at - 1) + 1 : 0);
  const marked = (area) => area.value.slice(area.selectionStart, area.selectionEnd);

  // Inline marks: around what is marked, or taken away where they stand already.
  function around(area, mark, word) {
    const { selectionStart: from, selectionEnd: to, value } = area;
    const size = mark.length;
    const single = mark === "*" && value[from - 2] === "*" && value[from - 3] !== "*";
    if (!single && value.slice(from - size, from) === mark && value.slice(to, to + size) === mark) {
      write(area, value.slice(from, to), from - size, to + size);
      area.setSelectionRange(from - size, to - size);
      return;
    }
    const text = value.slice(from, to) || word;
    write(area, mark + text + mark);
    area.setSelectionRange(from + size, from + size + text.length);
  }

  // Marks at the beginning of each marked line; all have it already: taken away.
  function before(area, pattern, mark) {
    const { value } = area;
    const from = lineStart(value, area.selectionStart);
    const end = value.indexOf("\n", Math.max(area.selectionStart, area.selectionEnd - 1));
    const to = end < 0 ? value.length : end;
    const lines = value.slice(from, to).split("\n");
    const all = lines.every((line) => pattern.test(line));
    const other = /^(?:#{1,6} |> |[-*+] \[[ xX]\] |[-*+] |\d+[.)] )/;
    const above = from ? value.slice(lineStart(value, from - 1), from - 1) : "";
    const gap = !all && above.trim() && !pattern.test(above) ? "\n" : "";
    const text = gap + lines
      .map((line, number) => (all ? line.replace(pattern, "") : mark(number + 1) + line.replace(mark() === "> " ? pattern : other, "")))
      .join("\n");
    write(area, text, from, to);
    if (lines.length > 1) area.setSelectionRange(from, from + text.length);
  }

  // A block of its own, with an empty line before it.
  function block(area, text, first, length) {
    const start = area.selectionStart;
    const head = area.value.slice(0, start);
    const gap = !head || head.endsWith("\n\n") ? "" : head.endsWith("\n") ? "\n" : "\n\n";
    write(area, `${gap}${text}\n`);
    area.setSelectionRange(start + gap.length + first, start + gap.length + first + length);
  }

  function link(area, word) {
    const from = area.selectionStart;
    const text = marked(area);
    if (/^(https?:\/\/|\/)\S+$/.test(text)) {
      write(area, `[${word}](${text})`);
      area.setSelectionRange(from + 1, from + 1 + word.length);
    } else {
      write(area, `[${text || word}](https://)`);
      const address = from + (text || word).length + 3;
      area.setSelectionRange(address, address + 8);
    }
  }

  function code(area, word) {
    if (marked(area).includes("\n")) block(area, `\`\`\`\n${marked(area)}\n\`\`\``, 3, 0);
    else around(area, "`", word);
  }

  function table(area, word) {
    const names = [`${word} 1`, `${word} 2`];
    block(area, `| ${names.join(" | ")} |\n| --- | --- |\n|  |  |`, 2, names[0].length);
  }

  function footnote(area, word) {
    const numbers = [...area.value.matchAll(/\[\^(\d+)\]/g)].map((found) => Number(found[1]));
    const name = `[^${Math.max(0, ...numbers) + 1}]`;
    write(area, name, area.selectionEnd);
    const end = area.value.trimEnd().length;
    const notes = /(^|\n)\[\^[^\]]+\]:[^\n]*$/.test(area.value.trimEnd());
    write(area, `${notes ? "\n" : "\n\n"}${name}: ${word}`, end, area.value.length);
    area.setSelectionRange(area.value.length - word.length, area.value.length);
  }

  const TOOLS = {
    bold: (area, words) => around(area, "**", words.text),
    italic: (area, words) => around(area, "*", words.text),
    heading: (area) => before(area, /^#{1,6} /, () => "## "),
    link: (area, words) => link(area, words.text),
    quote: (area) => before(area, /^> ?/, () => "> "),
    bullets: (area) => before(area, /^[-*+] (?!\[[ xX]\] )/, () => "- "),
    numbers: (area) => before(area, /^\d+[.)] /, (number) => `${number}. `),
    tasks: (area) => before(area, /^[-*+] \[[ xX]\] /, () => "- [ ] "),
    table: (area, words) => table(area, words.column),
    code: (area, words) => code(area, words.text),
    footnote: (area, words) => footnote(area, words.note),
  };
  const KEYS = { b: "bold", i: "italic", k: "link" };

  // Enter in a list begins the next item; in an empty one it ends the list.
  function goOn(area) {
    if (area.selectionStart !== area.selectionEnd) return false;
    const start = lineStart(area.value, area.selectionStart);
    const line = area.value.slice(start, area.selectionStart);
    const [all, indent, sign, box = ""] = line.match(/^(\s*)([-*+]|\d{1,9}[.)]|>(?: ?>)*) (\[[ xX]\] )?/) ?? [];
    if (!all) return false;
    if (line === all) {
      write(area, "", start, area.selectionStart);
      return true;
    }
    const next = sign.replace(/\d+/, (number) => Number(number) + 1);
    write(area, `\n${indent}${next} ${box && "[ ] "}`);
    return true;
  }

  function setUpToolbar(bar, run) {
    const tools = [...bar.querySelectorAll("button")];
    const stop = (button) => {
      for (const tool of tools) tool.tabIndex = tool === button ? 0 : -1;
    };
    stop(tools[0]);
    bar.addEventListener("focusin", (event) => stop(event.target.closest("button")));
    bar.addEventListener("keydown", (event) => {
      const shown = tools.filter((tool) => !tool.hidden);
      const here = shown.indexOf(document.activeElement);
      const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: shown.length - 1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      shown[(next + shown.length) % shown.length].focus();
    });
    bar.addEventListener("mousedown", (event) => event.preventDefault()); // keeps what is marked
    bar.addEventListener("click", (event) => {
      const tool = event.target.closest("button");
      if (tool) run(tool.dataset.tool);
    });
  }

  // Preview ------------------------------------------------------------------------------------

  function setUpPreview(box, area, say) {
    const pane = box.querySelector(".editor-preview");
    const views = [...box.querySelectorAll("[data-view]")];
    let asked;
    let shown = null;

    async function fetchPreview(aloud) {
      const text = area.value;
      if (text === shown) return;
      asked?.abort();
      asked = new AbortController();
      try {
        const body = new URLSearchParams({ body: text });
        const answer = await fetch(box.dataset.preview, { method: "POST", body, headers: headers(), signal: asked.signal });
        if (!answer.ok) throw new Error(answer.statusText);
        pane.innerHTML = await answer.text(); // made by the server's allow-list, as the post will be
        shown = text;
        window.htmx?.process(pane);
        pane.dispatchEvent(new Event("htmx:afterSettle", { bubbles: true })); // wide tables
        if (aloud) say(box.dataset.sayPreview);
      } catch (error) {
        if (error.name === "AbortError") return;
        shown = null;
        say(box.dataset.sayFailed);
        pane.textContent = box.dataset.sayFailed;
      }
    }

    function view(name) {
      box.dataset.shows = name;
      for (const button of views) button.setAttribute("aria-pressed", String(button.dataset.view === name));
      box.querySelector(".editor-write").hidden = name === "preview";
      box.querySelector(".editor-toolbar").hidden = name === "preview";
      pane.hidden = name === "write";
      if (name !== "write") fetchPreview(true);
      else area.focus();
    }

    for (const button of views) button.addEventListener("click", () => view(button.dataset.view));
    const soon = later(() => fetchPreview(false), PREVIEW_AFTER);
    area.addEventListener("input", () => pane.hidden || soon());
    return view;
  }

  // Proposals after @ and # --------------------------------------------------------------------

  const ASKED = [
    { sign: "@", pattern: /(?:^|[\s(>*_])@([\p{L}\p{N}-]*(?: [\p{L}\p{N}-]+)?)$/u, from: "people", least: 0 },
    { sign: "#", pattern: /(?:^|[\s(>*_])#([\p{L}\p{N}][^\n#@[\]()]{0,79})$/u, from: "documents", least: 2 },
  ];

  // Copies what stands before the cursor into a box of the same shape and reads where it ends.
  function cursor(area, at) {
    const copy = document.createElement("div");
    const style = getComputedStyle(area);
    for (const name of ["fontFamily", "fontSize", "fontWeight", "letterSpacing", "lineHeight", "padding", "border", "boxSizing", "tabSize"]) {
      copy.style[name] = style[name];
    }
    copy.className = "editor-copy";
    copy.style.width = `${area.clientWidth}px`;
    const end = document.createElement("span");
    end.textContent = "\u200b";
    const text = area.value.slice(0, at);
    copy.append(text.slice(-MOST_LINES_MEASURED), end);
    area.parentElement.append(copy);
    const left = end.offsetLeft;
    const below = text.length > MOST_LINES_MEASURED ? area.clientHeight : end.offsetTop + end.offsetHeight - area.scrollTop;
    copy.remove();
    return { left, top: Math.min(Math.max(below, 0), area.clientHeight) };
  }

  function setUpNames(box, area, say) {
    const place = box.querySelector(".editor-names");
    let start = 0; // of the sign that is being answered
    let nothingFor = null; // sign and text that gave no proposal: longer ones give none either
    let asked;

    const options = () => [...place.querySelectorAll("[role=option]")];
    const chosen = () => place.querySelector("[aria-selected=true]");

    function choose(option) {
      chosen()?.setAttribute("aria-selected", "false");
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) area.setAttribute("aria-activedescendant", option.id);
      else area.removeAttribute("aria-activedescendant");
    }

    function close() {
      asked?.abort();
      if (place.hidden) return;
      place.hidden = true;
      place.replaceChildren();
      for (const name of ["aria-controls", "aria-autocomplete", "aria-haspopup"]) area.removeAttribute(name);
      choose(null);
    }

    function open(html) {
      place.innerHTML = html;
      place.hidden = false;
      const at = cursor(area, start);
      const room = area.parentElement.clientWidth - place.offsetWidth;
      const top = area.offsetTop + at.top + 4;
      const field = area.offsetParent === box.querySelector(".editor-write") ? 0 : area.offsetParent?.offsetTop ?? 0;
      place.style.left = `${Math.max(0, Math.min(at.left, room))}px`;
      place.style.top = `${top + field}px`;
      // A text area of several lines may not become a combobox (ARIA in HTML); this much it may.
      area.setAttribute("aria-autocomplete", "list");
      area.setAttribute("aria-haspopup", "listbox");
      area.setAttribute("aria-controls", "editor-names");
      choose(options()[0]);
      say(box.dataset.sayFound.replace("{number}", options().length));
    }

    function take(option) {
      const text = option.dataset.insert;
      const end = area.selectionEnd;
      const from = start;
      close();
      write(area, area.value[end] === " " ? text.trimEnd() : text, from, end);
    }

    function wanted() {
      if (area.selectionStart !== area.selectionEnd) return null;
      const text = area.value.slice(Math.max(0, area.selectionEnd - 100), area.selectionEnd);
      for (const ask of ASKED) {
        const match = text.match(ask.pattern);
        if (match && match[1].length >= ask.least) return { ...ask, typed: match[1] };
      }
      return null;
    }

    async function look() {
      const ask = wanted();
      const key = ask && ask.sign + ask.typed;
      if (!ask || (nothingFor !== null && key.startsWith(nothingFor) && !/\d$/.test(key))) return close();
      asked?.abort();
      asked = new AbortController();
      const form = area.form;
      const query = new URLSearchParams({ q: ask.typed, context: box.dataset.draftContext, category: form?.elements.category?.value ?? "" });
      try {
        const answer = await fetch(`${box.dataset[ask.from]}?${query}`, { signal: asked.signal });
        const html = answer.ok ? (await answer.text()).trim() : "";
        if (wanted()?.typed !== ask.typed) return undefined;
        nothingFor = html ? null : key;
        if (!html) return close();
        start = area.selectionEnd - ask.typed.length - 1;
        return open(html);
      } catch (error) {
        return error.name === "AbortError" ? undefined : close();
      }
    }

    area.addEventListener("input", later(look, PROPOSE_AFTER));
    area.addEventListener("blur", close);
    area.addEventListener("click", close);
    place.addEventListener("mousedown", (event) => event.preventDefault());
    place.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) take(option);
    });
    return (event) => {
      if (place.hidden) return false;
      const all = options();
      const here = all.indexOf(chosen());
      if (event.key === "ArrowDown") choose(all[(here + 1) % all.length]);
      else if (event.key === "ArrowUp") choose(all[(here - 1 + all.length) % all.length]);
      else if ((event.key === "Enter" || event.key === "Tab") && chosen()) take(chosen());
      else if (event.key === "Escape") {
        const ask = wanted();
        nothingFor = ask ? ask.sign + ask.typed : null;
        close();
      } else {
        if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) close();
        return false;
      }
      return true;
    };
  }

  // One editor ---------------------------------------------------------------------------------

  function setUp(box) {
    const area = box.querySelector("textarea");
    if (!area || box.dataset.ready) return;
    box.dataset.ready = "yes";
    const status = box.querySelector(":scope > [role=status]");
    const counter = box.querySelector(".editor-count");
    const say = (text) => (status.textContent = text);
    const words = { text: box.dataset.wordText, column: box.dataset.wordColumn, note: box.dataset.wordNote };

    for (const part of box.querySelectorAll(".editor-bar[data-with-script]")) part.hidden = false;
    for (const button of area.form?.querySelectorAll("[data-without-script]") ?? []) button.hidden = true;
    const view = setUpPreview(box, area, say);
    const takesKey = setUpNames(box, area, say);
    const run = (tool) => TOOLS[tool]?.(area, words);
    setUpToolbar(box.querySelector("[role=toolbar]"), run);

    area.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      const tool = command && KEYS[event.key.toLowerCase()];
      if (tool) run(tool);
      else if (!takesKey(event) && !(event.key === "Enter" && !event.shiftKey && !command && goOn(area))) return;
      event.preventDefault();
    });
    const count = () => {
      const left = area.maxLength - area.value.length;
      counter.hidden = area.value.length < area.maxLength * NEAR_THE_END;
      counter.textContent = counter.hidden ? "" : box.dataset.sayLeft.replace("{number}", left);
    };
    area.addEventListener("input", count);
    area.addEventListener("forum:show", () => view("write"));
    count();
  }

  const setUpAll = (root) => root.querySelectorAll("[data-editor]").forEach(setUp);
  setUpAll(document);
  document.addEventListener("htmx:load", (event) => setUpAll(event.target));

  // Quoting what is marked ---------------------------------------------------------------------

  const INLINE = { STRONG: "**", B: "**", EM: "*", I: "*", DEL: "~~", S: "~~" };

  function markdown(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent.replace(/\s+/g, " ");
    if (!(node instanceof Element || node instanceof DocumentFragment)) return "";
    const inner = () => [...node.childNodes].map(markdown).join("");
    const name = node.nodeName;
    if (name === "BR") return "\n";
    if (name === "PRE") return `\n\n\`\`\`\n${node.textContent.replace(/\n$/, "")}\n\`\`\`\n\n`;
    if (name === "CODE") return `\`${node.textContent}\``;
    if (INLINE[name]) return inner().trim() ? `${INLINE[name]}${inner().trim()}${INLINE[name]}` : "";
    if (name === "A") return linked(node, inner());
    if (name === "SUP") return "";
    if (name === "BLOCKQUOTE") return `\n\n${quoted(inner())}\n\n`;
    if (name === "LI") return `\n${node.parentElement?.nodeName === "OL" ? "1." : "-"} ${inner().trim()}`;
    if (name === "TR") return `\n${[...node.cells].map((cell) => markdown(cell).trim()).join(" | ")}`;
    if (/^(P|UL|OL|DL|TABLE|DIV|H[1-6])$/.test(name)) return `\n\n${inner()}\n\n`;
    return inner();
  }

  function linked(node, text) {
    if (node.classList.contains("mention")) return `@${node.getAttribute("href").split("/").pop()}`;
    const address = node.getAttribute("href") ?? "";
    return !text.trim() || address === text ? text : `[${text}](${address})`;
  }

  const quoted = (text) => tidy(text).split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
  const tidy = (text) => text.replace(/[ \t]+\n/g, "\n").replace(/\n{3,}/g, "\n\n").trim();

  function setUpQuoting(answer, area) {
    const floating = quoteButton("editor-quote");
    floating.tabIndex = -1; // the one in the post's row takes the keys
    floating.hidden = true;
    document.body.append(floating);
    let current = null; // { post, text }
    let row = null;

    function quoteButton(className) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = className;
      button.textContent = answer.dataset.quoteSelection;
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", take);
      return button;
    }

    function selection() {
      const found = document.getSelection();
      if (!found.rangeCount || found.isCollapsed) return null;
      const range = found.getRangeAt(0);
      const inside = (node) => (node instanceof Element ? node : node.parentElement)?.closest(".forum-post .kts-prose");
      const text = inside(range.startContainer);
      if (!text || text !== inside(range.endContainer)) return null;
      const words = tidy(markdown(range.cloneContents()));
      return words ? { post: text.closest(".forum-post"), text: words, range } : null;
    }

    function show() {
      const found = selection();
      if (!found && row?.contains(document.activeElement)) return; // on its way to the button
      current = found;
      floating.hidden = !found;
      if (row && row.closest(".forum-post") !== found?.post) {
        row.remove();
        row = null;
      }
      if (!found) return;
      const boxes = found.range.getClientRects();
      const last = boxes[boxes.length - 1] ?? found.range.getBoundingClientRect();
      const room = document.documentElement.clientWidth - floating.offsetWidth - 8;
      floating.style.left = `${Math.max(8, Math.min(last.right + scrollX, room + scrollX))}px`;
      floating.style.top = `${last.bottom + scrollY + 6}px`;
      if (!row) {
        row = quoteButton("forum-act forum-act--quote");
        found.post.querySelector(".forum-post__foot")?.prepend(row);
      }
      const [one, other] = [floating.getBoundingClientRect(), row.getBoundingClientRect()];
      floating.hidden = one.left < other.right && one.top < other.bottom && one.bottom > other.top;
    }

    function take() {
      if (!current) return;
      const { post, text } = current;
      const name = post.querySelector(".forum-post__name").cloneNode(true);
      for (const hidden of name.querySelectorAll(".kern-sr-only")) hidden.remove();
      const address = new URL(post.querySelector(".forum-post__number").href).pathname;
      const said = answer.dataset.quoteSaid.replace("{name}", name.textContent.trim());
      const reply = area.form.elements.reply_to;
      if (reply && !reply.value) reply.value = address.split("/").pop();
      document.getSelection().removeAllRanges();
      row?.remove();
      row = null;
      floating.hidden = true;
      area.dispatchEvent(new Event("forum:show"));
      const before = area.value.trimEnd();
      write(area, `${before ? "\n\n" : ""}> **[${said}](${address})**\n>\n${quoted(text)}\n\n`, before.length, area.value.length);
      area.scrollTop = area.scrollHeight;
    }

    document.addEventListener("selectionchange", later(show, 120));
  }

  const answer = document.querySelector("#antwort[data-quote-said]");
  const area = answer?.querySelector("[data-editor] textarea");
  if (area) setUpQuoting(answer, area);
})();
