"use strict";
// Players: three videos that move as one. Nothing is fetched until somebody asks for it.

const metadata = (video) => new Promise((resolve) => {
  if (video.readyState >= 1) { resolve(); return; }
  for (const end of ["loadedmetadata", "error"]) video.addEventListener(end, resolve, { once: true });
  video.querySelector("source")?.addEventListener("error", resolve, { once: true });
});

// A film that can be stepped. Plain servers send whole files only, and what comes from them can only be played
// from its beginning: such a film is taken into memory.
async function steppable(video) {
  video.preload = "auto";
  if (video.readyState === 0) video.load();
  await metadata(video);
  if (video.error || (video.seekable.length > 0 && video.seekable.end(0) > 0)) return;
  const film = await fetch(video.currentSrc);
  video.src = URL.createObjectURL(await film.blob());
  await metadata(video);
}

function player(root) {
  const videos = [...root.querySelectorAll("video")];
  const [play, back, forward] = [".play", ".back", ".forward"].map((name) => root.querySelector(name));
  const slider = root.querySelector(".frame");
  const output = root.querySelector("output");
  const fps = Number(root.dataset.fps);
  const frames = Number(root.dataset.frames);
  let playing = false;
  let loading = null;
  let restart = 0;

  const longest = () => videos.reduce((a, b) => (b.duration > a.duration ? b : a));
  const timeOf = (frame) => (frame + 0.5) / fps; // the middle of a frame, safe from rounding
  const frameAt = (time) => Math.min(frames - 1, Math.max(0, Math.floor(time * fps + 1e-3)));

  function load() {
    loading ??= Promise.allSettled(videos.map(steppable));
    return loading;
  }

  function show(frame) {
    slider.value = frame;
    const text = `frame ${frame + 1} of ${frames}, ${(frame / fps).toFixed(2)} s`;
    output.textContent = `${(frame / fps).toFixed(2)} s`;
    slider.setAttribute("aria-valuetext", text);
    root.dataset.frame = frame;
  }

  async function seek(frame) {
    const target = Math.min(frames - 1, Math.max(0, frame));
    show(target);
    await load();
    for (const video of videos) video.currentTime = Math.min(timeOf(target), video.duration || 0);
  }

  function pause() {
    playing = false;
    clearTimeout(restart);
    for (const video of videos) video.pause();
    play.textContent = "▶";
    play.setAttribute("aria-label", "Play");
  }

  async function start() {
    playing = true;
    play.textContent = "❚❚";
    play.setAttribute("aria-label", "Pause");
    if (Number(slider.value) >= frames - 1) await seek(0); else await seek(Number(slider.value));
    if (!playing) return;
    await Promise.allSettled(videos.map((video) => video.play()));
    requestAnimationFrame(follow);
  }

  function follow() {
    if (!playing || !root.isConnected) return;
    const master = longest();
    show(frameAt(master.currentTime));
    for (const video of videos) {
      const apart = Math.abs(video.currentTime - master.currentTime);
      if (video !== master && !video.ended && apart > 1.5 / fps) video.currentTime = master.currentTime;
    }
    if (master.ended) {
      show(frames - 1);
      restart = setTimeout(() => { if (playing) start(); }, 600); // the ending is what one wants to see
      return;
    }
    requestAnimationFrame(follow);
  }

  const step = (by) => { pause(); seek(Number(slider.value) + by); };
  const toggle = () => {
    if (!playing) { start(); return; }
    pause();
    seek(Number(slider.value)); // all of them stop at the same frame
  };
  const marks = root.querySelector(".marks");
  play.addEventListener("click", toggle);
  back.addEventListener("click", () => step(-1));
  forward.addEventListener("click", () => step(1));
  slider.addEventListener("input", () => { pause(); seek(Number(slider.value)); });
  root.querySelector(".speed").addEventListener("change", (event) => {
    for (const video of videos) video.playbackRate = video.defaultPlaybackRate = Number(event.target.value);
  });
  root.addEventListener("keydown", (event) => {
    if (event.target === slider || event.target.tagName === "SELECT") return;
    if (event.key === "ArrowLeft") { event.preventDefault(); step(-1); }
    if (event.key === "ArrowRight") { event.preventDefault(); step(1); }
    if (event.key === "m" && marks) marks.click();
    if (event.key === " " && event.target.tagName !== "BUTTON") { event.preventDefault(); toggle(); }
  });
  marks?.addEventListener("click", () => {
    marks.setAttribute("aria-pressed", String(!root.classList.toggle("unmarked")));
  });
  for (const video of videos) {
    video.removeAttribute("controls");
    video.addEventListener("click", toggle);
  }
  root.querySelector(".controls").hidden = false;
  show(Number(root.dataset.start));
}

// An example runs while it is in sight, until it is stopped; never for those who want no motion.
function example(root) {
  const videos = [...root.querySelectorAll("video")];
  const button = root.nextElementSibling.querySelector(".still");
  let wanted = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const show = (seen) => videos.forEach((video) => {
    if (wanted && seen) steppable(video).then(() => video.play()).catch(() => {}); // to loop is to step back
    else video.pause();
  });
  const name = () => { button.textContent = wanted ? "Pause" : "Play"; };
  for (const video of videos) { video.loop = true; video.removeAttribute("controls"); }
  new IntersectionObserver((entries) => show(entries.some((entry) => entry.isIntersecting))).observe(root);
  button.addEventListener("click", () => { wanted = !wanted; name(); show(true); });
  button.hidden = false;
  name();
}

function copier(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}

// A frame drawn over the dots of a scatter leaves their clips in the list beside it.
function brush(pair) {
  const svg = pair.querySelector(".scatter");
  const list = pair.querySelector(".brushed");
  const points = [...svg.querySelectorAll("[data-clip]")];
  const items = [...list.querySelectorAll("[data-clip]")];
  const summary = list.querySelector("summary");
  const all = summary.textContent;
  const frame = document.createElementNS(svg.namespaceURI, "rect");
  frame.setAttribute("class", "brush");
  let from = null;
  let dragged = false;

  const at = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());

  function choose(inside) { // numbers of clips; null for all
    const out = (one) => inside !== null && !inside.has(one.dataset.clip);
    for (const point of points) point.classList.toggle("aside", out(point));
    for (const item of items) item.hidden = out(item);
    summary.textContent = inside === null ? all : `${inside.size} of ${items.length} clips, those in the frame`;
    if (inside === null) frame.remove(); else list.open = true;
  }

  function draw(to) {
    const [left, right] = [from.x, to.x].sort((a, b) => a - b);
    const [top, bottom] = [from.y, to.y].sort((a, b) => a - b);
    const box = { x: left, y: top, width: right - left, height: bottom - top };
    for (const [name, value] of Object.entries(box)) frame.setAttribute(name, value);
    const within = ({ cx, cy }) => cx.baseVal.value >= left && cx.baseVal.value <= right
      && cy.baseVal.value >= top && cy.baseVal.value <= bottom;
    choose(new Set(points.filter(within).map((point) => point.dataset.clip)));
  }

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return; // a finger scrolls
    from = at(event);
    dragged = false;
  });
  svg.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = at(event);
    if (!dragged && Math.hypot(to.x - from.x, to.y - from.y) < 4) return; // still a click
    if (!dragged) { svg.setPointerCapture(event.pointerId); svg.append(frame); }
    dragged = true;
    draw(to);
  });
  svg.addEventListener("pointerup", (event) => {
    if (from && !dragged && !event.target.closest("a")) choose(null);
    from = null;
  });
  svg.addEventListener("pointercancel", () => { from = null; });
  svg.addEventListener("dragstart", (event) => event.preventDefault()); // dots are links
  pair.addEventListener("keydown", (event) => { if (event.key === "Escape") choose(null); });
}

// What a link leads to may lie in a part that is closed.
function reveal(target) {
  for (let part = target?.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  target?.scrollIntoView();
}

function wake(part) {
  part.querySelectorAll(".pair").forEach(brush);
  part.querySelectorAll(".brush-hint").forEach((hint) => { hint.hidden = false; });
  part.querySelectorAll(".player").forEach(player);
  part.querySelectorAll(".example").forEach(example);
  part.querySelectorAll("[data-copy]").forEach(copier);
}

wake(document);
const atHash = () => { if (location.hash) reveal(document.getElementById(decodeURIComponent(location.hash.slice(1)))); };
addEventListener("hashchange", atHash);
atHash();
