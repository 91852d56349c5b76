// A tiny single-page application: views change by pushState, without a page load.
const views = {
  "/finder": ["How do you brew?", [["Filter", "/finder/filter"], ["Espresso", "/finder/espresso"]]],
  "/finder/filter": ["Filter: try Ethiopia, Guji.", [["See it", "/coffee/ethiopia"], ["Start over", "/finder"]]],
  "/finder/espresso": ["Espresso: try Colombia, Huila.", [["See it", "/coffee/colombia"], ["Start over", "/finder"]]],
};

function show() {
  const [question, answers] = views[location.pathname] || views["/finder"];
  const root = document.getElementById("finder");
  root.replaceChildren();
  root.append(Object.assign(document.createElement("p"), { textContent: question }));
  document.title = question + " · Alder Roastery";
  for (const [label, path] of answers) {
    const link = Object.assign(document.createElement("a"), { textContent: label, href: path, className: "button" });
    link.style.marginRight = "12px";
    link.addEventListener("click", (event) => {
      if (!views[path]) return;
      event.preventDefault();
      history.pushState({}, "", path);
      show();
    });
    root.append(link);
  }
}

addEventListener("popstate", show);
show();
