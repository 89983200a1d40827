/* Keeps on the server what somebody types into a form: a moment after the last letter, at the latest
 * every ten seconds, and when the page is left. What was saved elsewhere meanwhile is offered, never
 * overwritten. Without a connection it says so and tries again. */
"use strict";

(() => {
  const PAUSE = 1500;
  const LATEST = 10_000;
  const AGAIN = 15_000;
  const LARGEST_LAST_SAVE = 60_000; // bytes that a browser still sends after the page was left
  const NOT_TYPED = /^(csrf_token|token|files|preview|attach|draft_.*|alt-.*|decorative-.*)$/;
  const WRITTEN = "textarea:not([readonly]), input:not([type]), input[type=text]";

  function keep(box) {
    const form = box.closest("form");
    const version = form.elements.draft_version;
    const state = box.querySelector("[data-state]");
    const said = box.querySelector("[data-said]");
    const other = box.querySelector("[data-other]");
    let timer = 0;
    let firstChange = 0;
    let running = null;
    let stopped = false;
    let told = "";

    const typed = () => new URLSearchParams([...new FormData(form)].filter(([name, value]) => typeof value === "string" && !NOT_TYPED.test(name)));
    const isEmpty = () => ![...form.querySelectorAll(WRITTEN)].some((field) => field.name && !NOT_TYPED.test(field.name) && field.value.trim());
    let saved = typed().toString();
    box.querySelector("[data-draft-save]").hidden = true;

    // Read out once when it begins to work and when something is wrong; shown all the time.
    function say(kind, text) {
      state.textContent = text;
      state.dataset.kind = kind;
      if (kind !== told) said.textContent = text;
      told = kind;
    }

    function changed() {
      if (stopped || typed().toString() === saved) return;
      delete form.dataset.kept;
      firstChange ||= Date.now();
      clearTimeout(timer);
      timer = setTimeout(save, Math.min(PAUSE, Math.max(0, firstChange + LATEST - Date.now())));
    }

    // The browser finishes what is short enough even when the page is left meanwhile.
    function request(words) {
      const body = new URLSearchParams(words);
      body.set("csrf_token", form.elements.csrf_token.value);
      body.set("draft_context", form.elements.draft_context.value);
      body.set("draft_version", version.value);
      return fetch(box.dataset.address, {
        method: "POST",
        headers: { "X-Requested-With": "fetch" },
        body,
        keepalive: body.toString().length < LARGEST_LAST_SAVE,
        signal: running.stop.signal,
      });
    }

    async function save(leaving = false) {
      clearTimeout(timer);
      const words = typed();
      if (stopped || words.toString() === saved) return;
      if (running && !(leaving === true && running.words !== words.toString())) return;
      if (isEmpty() && version.value === "0") return;
      firstChange = 0;
      const own = (running = { stop: new AbortController(), words: words.toString() });
      try {
        await understand(await request(words), own.words);
      } catch (error) {
        if (error.name !== "AbortError") tryAgain();
      } finally {
        if (running === own) running = null;
      }
      if (typed().toString() !== saved && told !== "offline") changed();
    }

    async function understand(answer, words) {
      const isJson = answer.headers.get("Content-Type")?.includes("json");
      const told = isJson ? await answer.json() : {};
      if (answer.ok || (answer.status === 409 && told.other)) {
        version.value = told.version;
        saved = words;
        if (typed().toString() === saved) form.dataset.kept = "yes"; // leaving the page loses nothing
        say("saved", box.dataset.saySaved.replace("{time}", told.saved));
        if (told.other) offer(told.other);
      } else if (answer.status === 410) {
        version.value = "0";
        saved = words;
        say("gone", box.dataset.sayGone);
      } else if (answer.status === 422) {
        saved = words; // tried again when the text changes
        say("refused", told.error);
      } else if ([400, 401, 403].includes(answer.status) || answer.redirected) {
        saved = words;
        say("signed-out", box.dataset.saySignedOut);
      } else {
        tryAgain();
      }
    }

    function tryAgain() {
      say("offline", box.dataset.sayOffline);
      clearTimeout(timer);
      timer = setTimeout(save, AGAIN);
    }

    function offer(found) {
      other.hidden = false;
      other.querySelector("[data-other-saved]").textContent = found.saved;
      other.querySelector("[data-other-body]").value = found.body;
      said.textContent = other.querySelector("p").textContent;
    }

    other.querySelector("[data-swap]").addEventListener("click", () => {
      const theirs = other.querySelector("[data-other-body]");
      const own = form.elements.body;
      [own.value, theirs.value] = [theirs.value, own.value];
      own.dispatchEvent(new Event("input", { bubbles: true }));
      own.focus();
    });

    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    // What is sent is no draft any more; a save on its way would bring it back.
    form.addEventListener("submit", () => {
      stopped = true;
      clearTimeout(timer);
      running?.stop.abort();
    });
    window.addEventListener("pageshow", () => (stopped = false));
    window.addEventListener("pagehide", () => save(true));
    document.addEventListener("visibilitychange", () => document.hidden && save(true));
    window.addEventListener("online", () => save());
  }

  for (const box of document.querySelectorAll("[data-draft]")) keep(box);
})();
