/* Search by section: the text of each is in sections.js, so no server is asked, nor is one needed. */
"use strict";

const COURSE_RESULTS = 30;
const COURSE_RESULTS_OF_A_PAGE = 3;
const COURSE_SNIPPET = 240;

/** The words of a query as patterns: beginnings of words, stemmed; "in quotes" exactly. */
function coursePatterns(query) {
  const stemmer = new Stemmer();
  const parts = query.toLowerCase().match(/"[^"]+"|[\p{L}\p{N}_]+(?:[-.][\p{L}\p{N}_]+)*/gu) ?? [];
  const wanted = parts.filter((part) => !stopwords.includes(part));
  const quoted = (part) => part.slice(1, -1).trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const stem = (word) => stemmer.stemWord(word).replace(/i$/, "[iy]"); // copies, copy
  const beginning = (part) => part.length < 3
    ? `${part}(?![\\p{L}\\p{N}])`
    : part.replace(/[^-.]+$/, stem).replace(/\./g, "\\.").replace(/-/g, "[-‐‑–\\s]?"); // mini-batch, minibatch
  const pattern = (part) => {
    if (/\p{Script=Han}/u.test(part)) return part.replace(/"/g, ""); // no spaces, so no words to begin
    const word = part[0] === '"' ? quoted(part).replace(/\s+/g, "\\s+") : beginning(part);
    return word && `(?<![\\p{L}\\p{N}])${word}`;
  };
  return (wanted.length ? wanted : parts)
    .map(pattern)
    .filter(Boolean)
    .map((source) => new RegExp(source, "giu"));
}

/** How much a kind of page counts: who searches wants the chapter first. */
function courseWeight(page) {
  if (/^book\/\d/.test(page)) return 1;
  return /^(exercises|book\/(api|notation|bibliography))\b/.test(page) ? 0.3 : 0.6;
}

/** Sections with all the words, best first by BM25; a word in a title counts as several in the text. */
function courseSearch(query, sections) {
  const patterns = coursePatterns(query);
  const count = (text, pattern) => (text.match(pattern) ?? []).length;
  const lengths = sections.map((section) => section[4].length + 200);
  const mean = lengths.reduce((a, b) => a + b, 0) / lengths.length;
  const scores = new Float64Array(sections.length);
  const holds = sections.map(() => 0);
  for (const pattern of patterns) {
    const times = sections.map(([, , page, title, text]) =>
      count(text, pattern) + 8 * count(title, pattern) + (count(page, pattern) ? 2 : 0));
    const having = times.filter(Boolean).length;
    const rare = Math.log(1 + (sections.length - having + 0.5) / (having + 0.5));
    times.forEach((n, k) => {
      if (n) holds[k] += 1;
      scores[k] += (rare * n * 2.2) / (n + 1.2 * (0.6 + (0.4 * lengths[k]) / mean));
    });
  }
  const most = Math.max(...holds);
  const ofPage = {};
  return sections
    .map((section, k) => ({ section, score: scores[k] * courseWeight(section[0]), held: holds[k] }))
    .filter(({ held }) => most && held === most)
    .sort((a, b) => b.score - a.score)
    .filter(({ section: [page] }) => (ofPage[page] = (ofPage[page] ?? 0) + 1) <= COURSE_RESULTS_OF_A_PAGE)
    .slice(0, COURSE_RESULTS)
    .map(({ section }) => ({ section, patterns }));
}

/** A line of the text around the first word found, whole words only, what was found marked. */
function courseSnippet(text, patterns) {
  const context = document.createElement("p");
  context.className = "context";
  const places = patterns.map((pattern) => text.search(pattern)).filter((at) => at >= 0);
  let start = Math.max(Math.min(...places) - COURSE_SNIPPET / 3, 0);
  if (!places.length) start = 0;
  if (start) start = text.indexOf(" ", start) + 1;
  let end = Math.min(start + COURSE_SNIPPET, text.length);
  if (end < text.length) end = text.lastIndexOf(" ", end);
  const shown = `${start ? "… " : ""}${text.slice(start, end)}${end < text.length ? " …" : ""}`;
  const any = new RegExp(patterns.map(({ source }) => `${source}[\\p{L}\\p{N}]*`).join("|"), "giu");
  let at = 0;
  for (const match of shown.matchAll(any)) {
    const mark = document.createElement("mark");
    mark.textContent = match[0];
    context.append(shown.slice(at, match.index), mark);
    at = match.index + match[0].length;
  }
  context.append(shown.slice(at));
  return context;
}

/** Show what a query finds. */
function courseShow(query) {
  const place = document.getElementById("search-results");
  const found = courseSearch(query, courseSections);
  const pages = new Set(found.map(({ section }) => section[0])).size;
  const said = document.createElement("p");
  said.className = "search-summary";
  said.setAttribute("role", "status");
  said.textContent = found.length
    ? `${found.length} ${found.length === 1 ? "section" : "sections"} on ${pages} ${pages === 1 ? "page" : "pages"}`
    : `Nothing found for “${query}”. Is every word spelled as in the book? Fewer words find more.`;
  const list = document.createElement("ul");
  list.className = "search";
  const sought = query.toLowerCase().replace(/"/g, "");
  list.onclick = () => localStorage.setItem("sphinx_highlight_terms", sought); // marked on the page
  for (const { section: [page, anchor, pageTitle, title, text], patterns } of found) {
    const entry = document.createElement("li");
    const link = document.createElement("a");
    link.href = `${page}#${anchor}`;
    link.textContent = title === pageTitle ? title : `${pageTitle} › ${title}`;
    entry.append(link);
    if (text) entry.append(courseSnippet(text, patterns));
    list.append(entry);
  }
  place.replaceChildren(said, list);
}

addEventListener("DOMContentLoaded", () => {
  const query = new URLSearchParams(location.search).get("q")?.trim();
  document.querySelectorAll('input[name="q"]').forEach((field) => (field.value = query ?? ""));
  if (query) courseShow(query);
});
