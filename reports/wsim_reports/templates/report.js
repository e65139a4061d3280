"use strict";
// Players: three videos that move as one. Nothing is fetched until somebody asks for it.

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
    loading ??= Promise.all(
      videos.map((video) => new Promise((resolve) => {
        if (video.readyState >= 1) { resolve(); return; }
        video.addEventListener("loadedmetadata", resolve, { once: true });
        video.addEventListener("error", resolve, { once: true });
        video.preload = "auto";
        video.load();
      })),
    );
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
  const toggle = () => (playing ? pause() : start());
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
  const show = (seen) => videos.forEach((video) => (wanted && seen ? video.play().catch(() => {}) : video.pause()));
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

function wake(part) {
  part.querySelectorAll(".player").forEach(player);
  part.querySelectorAll(".example").forEach(example);
  part.querySelectorAll("[data-copy]").forEach(copier);
}

wake(document);
