// Making and changing elements. Text is always set as text: nothing from an event becomes markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

// Writes only what differs: screen readers and the browser's layout are left alone otherwise.
export function setText(node, text) {
  if (node.textContent === text) return false;
  node.textContent = text;
  return true;
}

export function setAttribute(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export function fillSelect(select, groups, chosen) {
  const options = groups.map(([label, entries]) => {
    const made = entries.map(([value, text]) => el("option", { value }, text));
    return label ? el("optgroup", { label }, ...made) : made;
  });
  select.replaceChildren(...options.flat());
  select.value = chosen;
}

// A row of buttons of which one is pressed.
export function fillChips(box, entries, chosen, choose) {
  const buttons = entries.map(([value, text]) =>
    el("button", {
      type: "button",
      "aria-pressed": String(value === chosen),
      onclick: (event) => {
        for (const button of buttons) button.setAttribute("aria-pressed", String(button === event.currentTarget));
        choose(value);
      },
    }, text));
  box.replaceChildren(...buttons);
}
