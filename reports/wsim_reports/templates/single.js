"use strict";
// A report in one file: its pages lie in templates, and take turns. The hash says which: #page.html:anchor.

const place = document.getElementById("content");
const head = document.querySelector(".page-head");
const first = { title: document.title, head: head.cloneNode(true), main: place.cloneNode(true) }; // as written
const pages = new Map([[place.dataset.page, first]]);
for (const { dataset, content } of document.querySelectorAll("template[data-page]")) {
  const [top, main] = content.children;
  pages.set(dataset.page, { title: dataset.title, head: top, main });
}
let current = place.dataset.page;

// The page and the place in it that a link leads to; null for one that leads out of this file.
function leads(href) {
  const [file, anchor = ""] = href.split("#");
  const page = file || current;
  return pages.has(page) ? { page, anchor } : null;
}

function turnTo(name) {
  const page = pages.get(name);
  for (const video of place.querySelectorAll("video")) video.pause();
  head.replaceChildren(...page.head.cloneNode(true).childNodes);
  place.replaceChildren(...page.main.cloneNode(true).childNodes);
  document.title = page.title;
  current = name;
  wake(place);
}

function follow() {
  const [page, anchor = ""] = decodeURIComponent(location.hash.slice(1)).split(":");
  const wanted = page || place.dataset.page;
  if (!pages.has(wanted)) return; // an anchor of the browser's own
  const turned = wanted !== current;
  if (turned) {
    turnTo(wanted);
    place.focus({ preventScroll: true });
  }
  const target = anchor ? document.getElementById(anchor) : null;
  if (target) reveal(target); else if (turned) scrollTo(0, 0);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const to = leads(link.getAttribute("href"));
  if (!to) return;
  event.preventDefault();
  const hash = `#${to.page}${to.anchor ? `:${to.anchor}` : ""}`;
  if (location.hash === hash) follow(); else location.hash = hash;
});
addEventListener("hashchange", follow);
addEventListener("DOMContentLoaded", follow); // after the players of the first page, which come next
