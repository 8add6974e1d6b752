// The little that pages do by themselves: keys, theme, plots, the countdown of a reveal. No inline code anywhere.
const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);

// --- Theme: light, dark, or as the system has it; the server reads the cookie, so nothing flashes ----------
const THEMES = ["", "light", "dark"];
const setTheme = (theme) => {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? 31536000 : 0}; SameSite=Lax${secure}`;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  showTheme();
  drawAll();
};
const showTheme = () => {
  const theme = root.dataset.theme || "";
  for (const button of all("[data-act=theme]")) {
    for (const face of all("[data-face]", button)) face.hidden = face.dataset.face !== (theme || "system");
  }
};

// --- Plots: figures come as JSON; colours are names of tokens, so that a theme recolours them ----------------
const probe = document.createElement("span");
const colour = (name) => {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
};
const coloured = (value) => {
  if (typeof value === "string") return value.replace(/^var\((--[\w-]+)\)$/, (_, name) => colour(name));
  if (Array.isArray(value)) return value.map(coloured);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, coloured(v)]));
  return value;
};
const draw = (place) => {
  if (!place.dataset.drawn) place.textContent = "";
  const figure = coloured(JSON.parse(document.getElementById(place.dataset.figure).textContent));
  const layout = { ...figure.layout, font: { ...figure.layout.font, family: getComputedStyle(document.body).fontFamily } };
  window.Plotly.react(place, figure.data, layout, { displayModeBar: false, responsive: true });
  if (place.dataset.drawn) return;
  place.dataset.drawn = "1";
  place.on("plotly_click", ({ points }) => {
    if (points[0].customdata) location.assign(points[0].customdata);
  });
};
// The library is large and charts stand below the lists: it is fetched when one comes near, and nothing waits for it.
let library;
const fetched = () =>
  (library ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = one("meta[name=plotly]").content;
    script.onload = done;
    script.onerror = () => {
      library = undefined;
      script.remove();
      failed();
    };
    document.head.append(script);
  }));
// Where it does not come, the chart's place says so, and looks for it again a while later.
const AGAIN = 10000;
const missed = (place) => {
  place.textContent = one("meta[name=plotly]").dataset.missed;
  setTimeout(() => near.observe(place), AGAIN);
};
const near = new IntersectionObserver(
  (places) => {
    for (const { target, isIntersecting } of places) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      fetched().then(
        () => target.isConnected && draw(target),
        () => missed(target),
      );
    }
  },
  { rootMargin: "300px" },
);
const drawAll = () => {
  for (const place of all(".plot[data-figure]")) place.dataset.drawn ? draw(place) : near.observe(place);
};

// --- Rows: j and k walk, Enter opens, n and p turn pages, f and v open filters and views --------------------------
const walk = (step) => {
  const rows = all("[data-href], [data-rows] tbody tr");
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("here"));
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  rows.forEach((row) => row.classList.toggle("here", row === next));
  next.scrollIntoView({ block: "nearest" });
  // So that a screen reader says where we are, and Tab goes on from here.
  const spot = one("a", next) || next;
  if (spot === next) next.tabIndex = -1;
  spot.focus({ preventScroll: true });
};
const openRow = (row) => (row.dataset.href ? location.assign(row.dataset.href) : one("a", row)?.click());
const turn = (way) => one(`.pager a[rel=${way}]`)?.click();
const toFilters = () => one(".filters select, .filters input:not([type=hidden])")?.focus();
const toViews = () => {
  const views = one("details.views");
  if (!views) return;
  views.open = !views.open;
  (views.open ? one("a, input:not([type=hidden])", views) : one("summary", views))?.focus();
};
const isTyping = (target) => target.matches("input:not([type=radio]):not([type=checkbox]), select, textarea, [contenteditable]");

let waitsForPlace = 0;
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    // From wherever something is filled in; a button is pressed by Enter alone.
    const { form } = event.target;
    if (form?.method === "post" && !event.target.matches("button")) form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    all("details.views[open]").forEach((views) => (views.open = false));
    return closeDrawer();
  }
  if (isTyping(event.target) || one("dialog[open]")) return;
  if (Date.now() - waitsForPlace < 1200) {
    waitsForPlace = 0;
    const link = one(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) return event.preventDefault(), location.assign(link.href);
  }
  const pick = one(`[data-pick="${CSS.escape(event.key)}"]`);
  // A button does at once what it says: its key only leads to it, and Enter presses it.
  if (pick) return event.preventDefault(), pick.matches("button") || pick.click(), pick.focus();
  const act = {
    "/": () => (one("#find") ? one("#find").focus() : toFilters()),
    f: toFilters,
    v: toViews,
    n: () => turn("next"),
    p: () => turn("prev"),
    "?": () => one("#help")?.showModal(),
    g: () => (waitsForPlace = Date.now()),
    j: () => walk(1),
    k: () => walk(-1),
    Enter: () => {
      const row = one(".here");
      if (!row || (event.target !== document.body && !row.contains(event.target))) return;
      event.preventDefault();
      openRow(row);
    },
  }[event.key];
  if (!act) return;
  if ("/?fvnp".includes(event.key)) event.preventDefault();
  act();
});

// --- Clicks ---------------------------------------------------------------------------------------------------------
const closeDrawer = () => {
  document.body.classList.remove("drawn");
  one("[data-act=drawer]")?.setAttribute("aria-expanded", "false");
};
const ACTS = {
  theme: () => setTheme(THEMES[(THEMES.indexOf(root.dataset.theme || "") + 1) % THEMES.length]),
  help: () => one("#help").showModal(),
  close: (button) => button.closest("dialog").close(),
  print: () => window.print(),
  drawer: (button) => {
    const open = document.body.classList.toggle("drawn");
    button.setAttribute("aria-expanded", String(open));
    if (open) one(".side a").focus();
  },
  undraw: closeDrawer,
  hold: (button) => button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true")),
  dismiss: (button) => button.closest(".notice").remove(),
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) {
    // An act that has a page of its own (help) is a link that works without this script.
    event.preventDefault();
    return ACTS[button.dataset.act](button);
  }
  const row = event.target.closest("[data-href]");
  if (row && !event.target.closest("a, button, input, label, summary") && !String(getSelection())) location.assign(row.dataset.href);
});

// --- A verdict offers only its own reasons, and picks the first, so that two keys are enough -------------------
document.addEventListener("change", ({ target }) => {
  if (!target.dataset.reasons) return;
  const select = one("select[name=reason]", target.form);
  for (const group of all("optgroup", select)) group.disabled = group.label !== target.dataset.reasons;
  if (select.selectedOptions[0]?.parentElement.disabled || !select.value) select.value = one("optgroup:not([disabled]) option", select).value;
});

// --- A revealed field counts down and then goes back to its mask --------------------------------------------
const countDown = (place) => {
  const end = Date.now() + 1000 * Number(place.dataset.seconds);
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    const clock = one("[data-left]", place);
    if (!place.isConnected) return clearInterval(timer);
    if (left > 0) return (clock.textContent = clock.dataset.left.replace("60", left));
    clearInterval(timer);
    window.htmx.ajax("GET", place.dataset.again, { target: place, swap: "outerHTML" });
  };
  const timer = setInterval(tick, 500);
  tick();
};
// A page that comes back from the browser's own memory must not bring a revealed field with it.
addEventListener("pageshow", (event) => event.persisted && one("[data-seconds]") && location.reload());

const toast = (text) => {
  const box = one("#toast").content.firstElementChild.cloneNode(true);
  one("p", box).textContent = text;
  document.body.append(box);
};
document.addEventListener("htmx:load", (event) => {
  const place = event.detail.elt;
  if (place.matches?.("[data-seconds]")) countDown(place);
});
// What a person asked for takes the focus that the swap took away; what comes by itself does not.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!detail.requestConfig?.triggeringEvent || document.activeElement !== document.body) return;
  one("select, input:not([type=hidden]), button", detail.elt)?.focus();
});
// A page that refreshes itself stands still when asked to and while nobody looks; where it changes, the focus,
// the marked row and the sideways scroll stay where they were.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches?.("[data-live]") && (document.hidden || one("[data-act=hold][aria-pressed=true]"))) event.preventDefault();
});
let kept = {};
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
  const focused = target.contains(document.activeElement) && document.activeElement;
  kept = {
    focus: focused && (focused.id ? `#${focused.id}` : focused.hasAttribute("href") && `a[href="${CSS.escape(focused.getAttribute("href"))}"]`),
    row: one("[data-href].here", target)?.dataset.href,
    left: one(".scroll", target)?.scrollLeft,
  };
});
document.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
  if (kept.row) one(`[data-href="${kept.row}"]`, target)?.classList.add("here");
  if (kept.left) one(".scroll", target).scrollLeft = kept.left;
  if (kept.focus && !target.contains(document.activeElement)) one(kept.focus, target)?.focus({ preventScroll: true });
  drawAll();
});
document.addEventListener("htmx:responseError", () => toast(document.body.dataset.refused));
document.addEventListener("htmx:sendError", () => toast(document.body.dataset.offline));

document.body.append(Object.assign(probe, { hidden: true }));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
showTheme();
drawAll();
