// The page of questions: filters by system, topic and words. Without this script all of them are there.
(() => {
  const questions = [...document.querySelectorAll("details[data-topic]")];
  if (!questions.length) return;

  const form = document.createElement("form");
  form.className = "filter";
  form.innerHTML = `
    <label>System <select name="system"><option value="">all</option></select></label>
    <label>Topic <select name="topic"><option value="">all</option></select></label>
    <label>Words <input name="words" type="search" placeholder="second factor"></label>
    <output></output>`;
  const shown = form.querySelector("output");
  const systems = {identity: "Every tap", kinde: "Kinde", logto: "Logto", rudderstack: "RudderStack", zitadel: "ZITADEL"};
  for (const name of ["system", "topic"])
    for (const value of new Set(questions.map(each => each.dataset[name])))
      form.elements[name].append(new Option(name === "system" ? systems[value] : value, value));

  const headings = [...questions[0].parentElement.querySelectorAll("h2, h3")];
  const section = heading => {
    const found = [];
    for (let next = heading.nextElementSibling; next; next = next.nextElementSibling) {
      if (next.tagName === "H2" || next.tagName === heading.tagName) break;
      found.push(next);
    }
    return found;
  };

  const filter = () => {
    const {system, topic, words} = Object.fromEntries(new FormData(form));
    const wanted = words.toLowerCase().split(/\s+/);
    for (const each of questions)
      each.hidden = (system && each.dataset.system !== system) || (topic && each.dataset.topic !== topic)
        || !wanted.every(word => each.textContent.toLowerCase().includes(word));
    for (const heading of headings) {
      const inside = section(heading);
      const empty = !inside.some(each => each.dataset.topic && !each.hidden);
      for (const each of [heading, ...inside.filter(each => !each.dataset.topic && !/^H/.test(each.tagName))])
        each.hidden = empty;
    }
    shown.value = `${questions.filter(each => !each.hidden).length} of ${questions.length}`;
    const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history.replaceState(null, "", chosen.size ? `?${chosen}` : location.pathname);
  };

  for (const [name, value] of new URLSearchParams(location.search))
    if (form.elements[name]) form.elements[name].value = value;
  form.addEventListener("input", filter);
  form.addEventListener("submit", event => event.preventDefault());
  headings[0].before(form);
  filter();
})();
