"use strict";
(() => {
  const table = document.getElementById("segments");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const language = document.documentElement.lang;

  const value = (row, column, isNumber) => {
    const cell = row.cells[column];
    const text = cell.textContent.trim();
    return isNumber ? Number(cell.dataset.value) : text;
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.title = table.dataset.sort + ": " + head.textContent;
    head.replaceChildren(button);
    head.setAttribute("aria-sort", column === 0 ? "ascending" : "none");
    button.addEventListener("click", () => {
      const isUp = head.getAttribute("aria-sort") === "ascending";
      const sign = isUp ? -1 : 1;
      const isNumber = head.dataset.type === "number";
      const compare = (a, b) => {
        const [x, y] = [value(a, column, isNumber), value(b, column, isNumber)];
        return sign * (isNumber ? x - y : x.localeCompare(y, language));
      };
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", isUp ? "descending" : "ascending");
      body.append(...rows.sort(compare));
    });
  });

  const filter = document.getElementById("filter");
  const count = document.getElementById("count");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase(language);
  const show = () => {
    const wanted = plain(filter.value.trim());
    let shown = 0;
    for (const row of rows) {
      row.hidden = !plain(row.textContent).includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} ${count.dataset.of} ${rows.length} ${count.dataset.shown}`;
  };
  filter.addEventListener("input", show);
  filter.parentElement.hidden = false;
  show();

  // What is folded is there on paper, too.
  const details = Array.from(document.querySelectorAll("details"));
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = details.filter((one) => !one.open && one.closest(".card"));
    folded.forEach((one) => { one.open = true; });
  });
  window.addEventListener("afterprint", () => {
    folded.forEach((one) => { one.open = false; });
  });
})();
