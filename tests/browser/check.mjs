// Opens the page of `segengine report` in Chromium, as its readers do.
//
//   node check.mjs OUT_DIR...      each a folder with a report.html
//
// CHROMIUM names the browser (default: chromium). Ends with status 1 if anything is not as it should be.

import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const WIDTHS = [320, 375, 768, 1024, 1440, 1600];
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
const A4 = { width: 794 - 2 * 53, height: 1123 };
// Words of statistics that the page's readers cannot be expected to know.
const JARGON = [
  "silhouette", "cliff", "jaccard", "ari", "rand", "cluster", "clusters", "centroid", "centroids",
  "centroïde", "centroide", "psi", "k-means", "kmeans", "bootstrap", "pca", "quantile", "quartile",
  "outlier", "outliers", "z-score", "iqr", "inertia", "inertie", "inércia", "silhueta",
];

const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error("usage: node check.mjs OUT_DIR...");
  process.exit(2);
}

/** The browser's path, found as a shell would. */
function chromium() {
  const name = process.env.CHROMIUM || "chromium";
  if (name.includes("/")) return name;
  const places = (process.env.PATH || "").split(delimiter).map((folder) => join(folder, name));
  return places.find((place) => existsSync(place)) ?? name;
}

/** What is wrong with one page, gathered so that all of it is said at once. */
class Findings {
  constructor(folder) {
    this.folder = folder;
    this.wrong = [];
    this.n = 0;
  }

  check(isRight, message) {
    this.n += 1;
    if (!isRight) this.wrong.push(message);
  }

  equal(found, expected, message) {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    this.check(a === b, `${message}: ${a} instead of ${b}`);
  }
}

/** A fresh tab that tells `findings` of whatever the page complains about or asks for. */
async function open(browser, url, findings, prepare = async () => {}) {
  const page = await browser.newPage();
  page.on("console", (message) => {
    const isLoud = ["error", "warn", "warning"].includes(message.type());
    findings.check(!isLoud, `the console says: ${message.text()}`);
  });
  page.on("pageerror", (error) => findings.check(false, `an error in the page: ${error}`));
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    const isOwn = request.url() === url;
    findings.check(isOwn, `asks for ${request.url()}`);
    if (isOwn) request.continue();
    else request.abort();
  });
  await page.evaluateOnNewDocument(() => {
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await prepare(page);
  await page.setViewport({ width: 1200, height: 800 });
  await page.goto(url, { waitUntil: "load" });
  return page;
}

async function checkContent(page, findings) {
  const seen = await page.evaluate(() => ({
    violations: globalThis.violations,
    lang: document.documentElement.lang,
    title: document.title,
    scripts: document.scripts.length,
    handlers: Array.from(document.querySelectorAll("*"))
      .flatMap((one) => Array.from(one.attributes))
      .filter((attribute) => /^on/i.test(attribute.name)).length,
    foreign: document.querySelectorAll("img, iframe, object, embed, link, form, base").length,
    outside: Array.from(document.querySelectorAll("a"))
      .map((link) => link.getAttribute("href"))
      .filter((href) => !href.startsWith("#") || !document.getElementById(href.slice(1))),
    hacked: [typeof window.__x, typeof window.__y],
    ids: Array.from(document.querySelectorAll("[id]")).map((one) => one.id),
    h1: document.querySelectorAll("h1").length,
    blunder: /\b(undefined|NaN|null|None|inf)\b/.exec(document.body.innerText)?.[0],
    turned: /[\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.innerHTML),
  }));
  findings.equal(seen.violations, [], "violations of the page's policy");
  findings.check(["en", "fr", "pt-BR"].includes(seen.lang), `lang is ${seen.lang}`);
  findings.check(seen.title.length > 0, "the page has no title");
  findings.equal(seen.scripts, 1, "scripts");
  findings.equal(seen.handlers, 0, "attributes that run code");
  findings.equal(seen.foreign, 0, "elements that load or send something");
  findings.equal(seen.outside, [], "links that lead nowhere within the page");
  findings.equal(seen.hacked, ["undefined", "undefined"], "what hostile data would have set");
  findings.equal(seen.ids.length, new Set(seen.ids).size, "ids that are unique");
  findings.equal(seen.h1, 1, "first headings");
  findings.check(!seen.blunder, `the text has ${seen.blunder}`);
  findings.check(!seen.turned, "characters that turn text around are in the page");
}

async function checkFigures(page, findings) {
  const figures = await page.$$eval("figure", (all) => all.map((figure) => {
    const details = figure.querySelector("details");
    if (details) details.open = true;
    const found = {
      id: figure.id,
      svgs: Array.from(figure.querySelectorAll("svg"), (svg) => {
        const box = svg.getBoundingClientRect();
        const inside = Array.from(svg.querySelectorAll("text"), (text) => {
          if (text.getClientRects().length === 0) return null;
          const own = text.getBoundingClientRect();
          const isIn = own.left >= box.left - 1 && own.right <= box.right + 1
            && own.top >= box.top - 1 && own.bottom <= box.bottom + 1;
          return isIn ? null : text.textContent;
        });
        return {
          role: svg.getAttribute("role"),
          title: svg.querySelector(":scope > title")?.textContent ?? "",
          desc: svg.querySelector(":scope > desc")?.textContent ?? "",
          isSeen: box.width > 50 && box.height > 20,
          cut: inside.filter((text) => text !== null),
          numbers: /NaN|inf/.test(svg.outerHTML.replace(/>[^<]*</g, "><")),
        };
      }),
      rows: details?.querySelectorAll("tbody tr").length ?? 0,
      caption: figure.querySelector("figcaption")?.textContent.trim() ?? "",
    };
    if (details) details.open = false;
    return found;
  }));
  findings.check(figures.length > 0, "there is no figure");
  for (const { id, svgs, rows, caption } of figures) {
    findings.check(svgs.length > 0, `figure ${id} has no picture`);
    findings.check(rows > 0, `figure ${id} has no table with rows`);
    findings.check(caption.length > 0, `figure ${id} has no caption`);
    for (const svg of svgs) {
      findings.equal(svg.role, "img", `figure ${id}: role`);
      findings.check(svg.title !== "" && svg.desc !== "", `figure ${id}: no title or description`);
      findings.check(svg.isSeen, `figure ${id}: a picture has no size`);
      findings.equal(svg.cut, [], `figure ${id}: text beyond the edge of the picture`);
      findings.check(!svg.numbers, `figure ${id}: a number that is none`);
    }
  }
}

/** The rows of the table of segments as shown: text and number of one column. */
const column = (page, at) => page.$$eval("#segments tbody tr", (rows, index) => rows.map((row) => {
  const cell = row.cells[index];
  return { text: cell.textContent.trim(), number: Number(cell.dataset.value) };
}), at);

async function checkSorting(page, findings) {
  const heads = await page.$$eval("#segments thead th", (all) => all.map((head) => head.dataset.type));
  const lang = await page.$eval("html", (html) => html.lang);
  const state = (at) => page.$$eval("#segments thead th", (all, index) => ({
    own: all[index].getAttribute("aria-sort"),
    others: all.filter((_, i) => i !== index).every((one) => one.getAttribute("aria-sort") === "none"),
  }), at);
  const isInOrder = async (at, sign) => {
    const cells = await column(page, at);
    const compare = (a, b) => (heads[at] === "number"
      ? a.number - b.number
      : a.text.localeCompare(b.text, lang));
    if (heads[at] === "number" && cells.some((cell) => Number.isNaN(cell.number))) return false;
    return cells.every((cell, i) => i === 0 || sign * compare(cells[i - 1], cell) <= 0);
  };
  const trial = async (at, press, how) => {
    const first = (await state(at)).own === "ascending" ? -1 : 1;
    for (const sign of [first, -first]) {
      await press();
      const { own, others } = await state(at);
      findings.equal(own, sign > 0 ? "ascending" : "descending", `column ${at}, ${how}: aria-sort`);
      findings.check(others, `column ${at}, ${how}: another column claims the order`);
      findings.check(await isInOrder(at, sign), `column ${at}, ${how}: rows are not in order`);
    }
  };
  for (let at = 0; at < heads.length; at += 1) {
    await trial(at, () => page.click(`#segments thead th:nth-child(${at + 1}) button`), "clicked");
  }
  // With nothing but the keyboard: from the filter on, every head is reached in turn.
  await page.focus("#filter");
  const focused = () => page.evaluate(() => document.activeElement?.closest("th")?.cellIndex ?? -1);
  for (let at = 0; at < heads.length; at += 1) {
    for (let tabs = 0; tabs < 3 && (await focused()) !== at; tabs += 1) await page.keyboard.press("Tab");
    findings.equal(await focused(), at, "the head that Tab reaches");
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    findings.check(ring !== "none", `column ${at}: focus cannot be seen`);
    await trial(at, () => page.keyboard.press("Enter"), "by keyboard");
  }
  await page.click("#segments thead th:first-child button");
}

async function checkFilter(page, findings) {
  const type = async (text) => {
    await page.$eval("#filter", (input) => { input.value = ""; });
    await page.focus("#filter");
    await page.keyboard.type(text);
    await page.$eval("#filter", (input) => input.dispatchEvent(new Event("input")));
    return page.evaluate(() => ({
      shown: Array.from(document.querySelectorAll("#segments tbody tr"))
        .filter((row) => row.getClientRects().length > 0)
        .map((row) => row.textContent),
      all: document.querySelectorAll("#segments tbody tr").length,
      count: document.getElementById("count").textContent,
    }));
  };
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const before = await type("");
  findings.equal(before.shown.length, before.all, "rows without a filter");
  // A word of the first row as somebody types it who has no accents, and in capitals.
  const words = plain(before.shown[0]).match(/\p{L}{4,12}/gu) ?? [];
  const accented = before.shown.join(" ").match(/\p{L}*[éèêçãõíóáú]\p{L}*/u)?.[0];
  for (const word of [words[0], accented].filter(Boolean)) {
    const wanted = plain(word).toUpperCase();
    const found = await type(wanted);
    const expected = before.shown.filter((row) => plain(row).includes(plain(word)));
    findings.equal(found.shown.length, expected.length, `rows with ${wanted}`);
    findings.check(found.count.startsWith(`${expected.length} `), `the count says ${found.count}`);
  }
  const none = await type("no segment has this in it");
  findings.equal(none.shown.length, 0, "rows with what is nowhere");
  findings.check(none.count.startsWith("0 "), `the count says ${none.count}`);
  await type("");
}

/** Elements that reach beyond `width` and cannot be scrolled to. */
const beyond = (page, width) => page.evaluate((edge) => {
  const isScrolled = (one) => one.closest(".scroll") !== null
    && getComputedStyle(one.closest(".scroll")).overflowX === "auto";
  return Array.from(document.querySelectorAll("main *"))
    .filter((one) => one.getClientRects().length > 0 && !isScrolled(one.parentElement))
    .filter((one) => one.getBoundingClientRect().right > edge + 1)
    .slice(0, 4)
    .map((one) => `${one.tagName} ${one.className?.baseVal ?? one.className} ${one.textContent.trim().slice(0, 40)}`);
}, width);

async function checkWidths(page, findings) {
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: 800 });
    const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
    findings.check(wide <= 0, `at ${width} px the page is ${wide} px too wide`);
    findings.equal(await beyond(page, width), [], `at ${width} px beyond the edge`);
  }
  await page.setViewport({ width: 1200, height: 800 });
}

/** The first screen says who they are, how many, what to do and how sure that is. */
async function checkFirstScreen(page, findings) {
  const below = await page.evaluate(() => {
    window.scrollTo(0, 0);
    const rows = Array.from(document.querySelectorAll("#segments tbody tr"));
    const cells = rows.slice(0, 5).flatMap((row) => Array.from(row.cells));
    // Longer names than anybody gives may push the rest down.
    const isLong = rows.some((row) => row.cells[1].textContent.length > 45);
    return isLong ? 0 : cells.filter((cell) => {
      const box = cell.getBoundingClientRect();
      return box.bottom > innerHeight || box.right > innerWidth;
    }).length;
  });
  findings.equal(below, 0, "cells of the first five segments that are not on the first screen");
}

async function checkWords(page, findings) {
  const jargon = await page.evaluate((words) => {
    for (const one of document.querySelectorAll("details")) one.open = true;
    const copy = document.body.cloneNode(true);
    // Names of files are what they are.
    for (const one of copy.querySelectorAll("code, script")) one.remove();
    const said = [copy.textContent, ...Array.from(
      document.querySelectorAll("[aria-label], [title]"),
      (one) => `${one.getAttribute("aria-label") ?? ""} ${one.getAttribute("title") ?? ""}`,
    )].join(" ").toLowerCase();
    for (const one of document.querySelectorAll("details")) one.open = false;
    const found = new Set(said.match(/[\p{L}][\p{L}-]*/gu) ?? []);
    return words.filter((word) => found.has(word));
  }, JARGON);
  findings.equal(jargon, [], "words that nobody explains");
}

async function checkWithoutScript(browser, url, findings) {
  const page = await open(browser, url, findings, (tab) => tab.setJavaScriptEnabled(false));
  // The page's own script is off; what is evaluated here is not.
  const seen = await page.evaluate(() => ({
    rows: Array.from(document.querySelectorAll("#segments tbody tr"))
      .filter((row) => row.getClientRects().length > 0).length,
    cards: document.querySelectorAll("article.card").length,
    pictures: Array.from(document.querySelectorAll("svg"))
      .filter((svg) => svg.getClientRects().length > 0).length,
    controls: Array.from(document.querySelectorAll("button, input, select"))
      .filter((one) => one.getClientRects().length > 0).length,
    sorted: document.querySelectorAll("[aria-sort]").length,
  }));
  findings.check(seen.rows > 0 && seen.rows === seen.cards, "without script there are no segments");
  findings.check(seen.pictures > 0, "without script there are no pictures");
  findings.equal(seen.controls + seen.sorted, 0, "without script, controls that do nothing");
  await page.close();
}

async function checkPaper(browser, url, findings, shots) {
  const page = await open(browser, url, findings);
  const path = shots ? join(shots, "print.pdf") : undefined;
  const pdf = Buffer.from(await page.pdf({ path, preferCSSPageSize: true, printBackground: true }));
  const n = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  findings.check(n > 1 && n < 40, `the page prints on ${n} sheets`);
  await page.emulateMediaType("print");
  await page.setViewport(A4);
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  findings.equal(await beyond(page, A4.width), [], "on paper, cut at the right");
  const hidden = await page.$$eval(
    "#segments tbody tr, article.card, figure svg, section",
    (all) => all.filter((one) => one.getClientRects().length === 0).length,
  );
  findings.equal(hidden, 0, "parts that are not on paper");
  await page.close();
  return n;
}

async function checkAccess(browser, url, findings, shots) {
  const minor = new Set();
  for (const scheme of ["light", "dark"]) {
    const page = await open(browser, url, findings, async (tab) => {
      await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      // The page lets no script in but its own, and axe is one.
      await tab.setBypassCSP(true);
    });
    await page.$$eval("details", (all) => all.forEach((one) => { one.open = true; }));
    await page.addScriptTag({ path: AXE });
    const { violations } = await page.evaluate(
      (tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ["violations"] }),
      AXE_TAGS,
    );
    for (const { id, impact, help, nodes } of violations) {
      const where = nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ");
      const said = `${scheme}: ${impact}: ${id}: ${help} (${nodes.length}: ${where})`;
      if (["serious", "critical"].includes(impact)) findings.check(false, said);
      else minor.add(said);
    }
    findings.n += 1;
    if (shots) {
      await page.$$eval("details", (all) => all.forEach((one) => { one.open = false; }));
      for (const width of [320, 768, 1200, 1600]) {
        await page.setViewport({ width, height: 800 });
        await page.screenshot({ path: join(shots, `${scheme}-${width}.png`), fullPage: true });
      }
    }
    await page.close();
  }
  return minor;
}

const browser = await puppeteer.launch({
  executablePath: chromium(),
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"],
});
let isRight = true;
try {
  for (const folder of folders) {
    const url = pathToFileURL(resolve(folder, "report.html")).href;
    const findings = new Findings(folder);
    // SHOTS=DIR keeps what was seen, to be looked at.
    const shots = process.env.SHOTS && join(process.env.SHOTS, folder.replaceAll("/", "_"));
    if (shots) mkdirSync(shots, { recursive: true });
    const page = await open(browser, url, findings);
    await checkContent(page, findings);
    await checkFirstScreen(page, findings);
    await checkFigures(page, findings);
    await checkSorting(page, findings);
    await checkFilter(page, findings);
    await checkWords(page, findings);
    await checkWidths(page, findings);
    await page.close();
    await checkWithoutScript(browser, url, findings);
    const sheets = await checkPaper(browser, url, findings, shots);
    const minor = await checkAccess(browser, url, findings, shots);
    const { n, wrong } = findings;
    console.log(`${wrong.length === 0 ? "ok  " : "FAIL"} ${folder}: ${n} checks, ${sheets} sheets`);
    for (const message of new Set(wrong)) console.log(`     ${message.slice(0, 600)}`);
    for (const message of minor) console.log(`     note: ${message}`);
    isRight &&= wrong.length === 0;
  }
} finally {
  await browser.close();
}
process.exit(isRight ? 0 : 1);
