// Keeps what is on the page up to date: the fridge says which tabs changed, and the parts of this one are fetched anew.
"use strict";
(() => {
  const tab = document.body.dataset.tab;
  const link = document.getElementById("link");
  let source = null, timer = 0, running = null, again = false, stale = false, wasLost = false, finger = null;

  const show = on => {
    link.hidden = false;
    link.textContent = on ? link.dataset.on : link.dataset.off;
    link.classList.toggle("lost", !on);
  };

  // A part in which somebody is typing, pressing, or has opened something, is left alone until they are done.
  const busy = part => part.contains(finger) || part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")
    || part.querySelector("details[open]:not([data-keep])") !== null;

  function refresh() {
    if (running) again = true;
    else take(location.href, { cache: "no-store" });
  }

  // What somebody does is never left out: it waits for its turn.
  function take(...request) {
    const turn = (running || Promise.resolve()).then(() => load(request));
    running = turn;
    turn.finally(() => { if (running === turn) { running = null; if (again) soon(120); } });
  }

  async function load(request) {
    try {
      const answer = await fetch(...request);
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      await Promise.all([...fresh.querySelectorAll("[data-live] image")].map(image => {  // or they would flicker
        const picture = new Image();
        picture.src = image.getAttribute("href");
        return picture.decode().catch(() => {});
      }));
      for (const part of document.querySelectorAll("[data-live]")) {
        const other = fresh.getElementById(part.id);
        if (!other || other.outerHTML === part.outerHTML) continue;
        if (part.id === "said" && request[1].method !== "POST") continue;  // stays until it is read
        if (busy(part)) stale = true;
        else part.replaceWith(document.importNode(other, true));
      }
    } catch { /* the stream says that the fridge is out of reach */ }
  }

  // Forms that only do something are sent without leaving the page.
  document.addEventListener("submit", event => {
    const form = event.target;
    if (!form.matches("[data-quiet]")) return;
    event.preventDefault();
    const values = new FormData(form, event.submitter);
    const body = form.enctype === "multipart/form-data" ? values : new URLSearchParams(values);
    if (form.dataset.quiet === "clear") form.reset();
    document.activeElement?.blur();
    take(form.action, { method: "POST", body });
  });

  const soon = wait => { clearTimeout(timer); timer = setTimeout(() => { again = false; refresh(); }, wait); };

  function watch() {
    source = new EventSource("/events");
    source.onopen = () => { show(true); if (wasLost) soon(0); wasLost = false; };
    source.onmessage = event => { if (event.data.split(" ").includes(tab)) soon(80); };
    source.onerror = () => { show(false); wasLost = true; if (source.readyState === 2) { source.close(); setTimeout(watch, 5000); } };
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { source.close(); wasLost = true; } else watch();
  });
  const done = () => { if (stale) { stale = false; soon(200); } };
  for (const kind of ["focusout", "toggle"]) document.addEventListener(kind, done, true);
  document.addEventListener("pointerdown", event => { finger = event.target; }, true);
  for (const kind of ["pointerup", "pointercancel"])
    document.addEventListener(kind, () => setTimeout(() => { finger = null; done(); }), true);  // after its click
  setInterval(() => { if (!document.hidden) soon(0); }, 30000);

  const place = new URL(location.href);
  if (place.searchParams.has("said")) {
    for (const name of ["said", "item", "why"]) place.searchParams.delete(name);
    history.replaceState(null, "", place);
  }
  watch();
})();
