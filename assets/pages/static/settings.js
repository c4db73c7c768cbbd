// The settings page: finds settings by their words, and opens the section that an address or a link names.
const find = document.getElementById("find-setting");
const sections = [...document.querySelectorAll("details.section")];
const top_ = document.getElementById("group-top");
const wasOpen = new Map(sections.map((one) => [one, one.open]));

function words(setting) {
  return (setting.textContent + " " + setting.dataset.setting).toLocaleLowerCase();
}

function look() {
  const asked = find.value.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const section of [top_, ...sections].filter(Boolean)) {
    let here = 0;
    const title = section.querySelector("h2").textContent.toLocaleLowerCase();
    for (const setting of section.querySelectorAll("[data-setting]")) {
      const fits = asked.every((word) => words(setting).includes(word) || title.includes(word));
      setting.hidden = !fits;
      here += fits;
    }
    section.hidden = here === 0;
    if (section !== top_) section.open = asked.length ? here > 0 : wasOpen.get(section);
    found += here;
  }
  document.getElementById("nothing-found").hidden = found > 0;
}

function openNamed() {
  const named = location.hash && document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) {
    named.open = true;
    named.scrollIntoView();
  }
}

document.getElementById("find").hidden = false;
find.addEventListener("input", look);
find.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && find.value) {
    find.value = "";
    look();
  }
});
addEventListener("hashchange", openNamed);
openNamed();
