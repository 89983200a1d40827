// Reading a long thread: the next page is added in place, and j and k go from post to post.

"use strict";

const posts = () => [...document.querySelectorAll("#beitraege .forum-post")];
let lastShown = null;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.closest?.("[data-more]")) lastShown = posts().at(-1);
});

// The new posts stand below what was just read. The focus goes to the first of them, since the
// button that had it is gone; the page does not move.
document.addEventListener("htmx:afterSettle", (event) => {
  if (!lastShown || event.target.id !== "beitraege") return;
  const all = posts();
  const next = all[all.indexOf(lastShown) + 1];
  lastShown = null;
  next?.focus({ preventScroll: true });
  const position = document.querySelector("[data-position]");
  const status = document.querySelector("#weiter-gesagt");
  if (status && position) status.textContent = position.textContent;
});

// Single letters act only while a post has the focus: elsewhere they may be somebody's speech
// input or screen reader command (WCAG 2.1.4).
document.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  const post = event.target;
  if (!step || !post.matches?.(".forum-post") || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = posts();
  const next = all[all.indexOf(post) + step];
  if (!next) return;
  next.focus();
  next.scrollIntoView({ block: "start" });
  event.preventDefault();
});
