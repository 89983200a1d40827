/* Tell the search which hit was opened: the query, the hit and its place, nothing else.
 * Works for a click, Enter and a new tab; the way to the hit is never held up. */
"use strict";

function tellClick(event) {
  if (event.type === "auxclick" && event.button !== 1) return;
  const link = event.target.closest?.("a[href][data-kts-hit], [data-kts-hit] a[href]");
  if (!link) return;
  const hit = link.closest("[data-kts-hit]");
  const asked = link.closest("[data-kts-query]")?.dataset.ktsQuery;
  if (!asked) return;
  const told = new URLSearchParams({ q: asked, hit: hit.dataset.ktsHit, rank: hit.dataset.ktsRank ?? "1" });
  try {
    fetch("/suche/klick", { method: "POST", body: told, keepalive: true }).catch(() => {});
  } catch {
    // What cannot be told is not counted.
  }
}

document.addEventListener("click", tellClick);
document.addEventListener("auxclick", tellClick);
