/* Put charts and tables in their places. */

/* Rows before the forecast in a chart as wide as the page, times those of a small one. */
const WIDER = 2.5;

function openSeries(store, i, after) {
  const dialog = document.getElementById("series-dialog");
  const close = element("button", { type: "button", class: "close" }, "Close");
  const figure = element("figure", { class: "series" });
  const title = element("h2", { id: "series-dialog-title" }, [element("bdi", {}, store.names[i])]);
  dialog.replaceChildren(element("div", { class: "dialog-head" }, [title, close]), figure);
  close.addEventListener("click", () => dialog.close());
  dialog.onclose = () => {
    dialog.replaceChildren();
    after();
  };
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close();
  };
  dialog.showModal();
  new Chart(figure, store, i, { everyFold: store.forecasts > 1, height: 300, more: WIDER });
  figure.querySelector("details").open = true;
}

function start() {
  const data = JSON.parse(document.getElementById("numbers").textContent);
  if (data === null) return;
  const store = new Store(data);
  const figures = document.querySelectorAll("figure.series[data-series]");
  for (const figure of figures) {
    const several = figure.parentElement.classList.contains("several");
    const everyFold = figure.dataset.folds === "all";
    const height = several ? 250 : 360;
    const chart = new Chart(figure, store, Number(figure.dataset.series), {
      everyFold,
      height,
      legend: !several,
      more: several ? 1 : WIDER,
    });
    if (several && figure === figure.parentElement.firstElementChild) figure.parentElement.before(chart.legend());
  }
  const tables = Array.from(document.querySelectorAll("div.panel"), (host) =>
    new PanelTable(host, store, (i, after) => openSeries(store, i, after)));
  addEventListener("beforeprint", () => tables.forEach((table) => table.print(true)));
  addEventListener("afterprint", () => tables.forEach((table) => table.print(false)));
}

start();
