// Texts that lie on something else, or are cut off; the page is at its top.
() => {
  const shown = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !node.closest(".hidden, .skip, .panel:not([open])");
  const root = document.querySelector("dialog[open]") ?? document.body;
  const boxes = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const [text, parent] = [walker.currentNode, walker.currentNode.parentElement];
    if (!text.textContent.trim() || !shown(parent) || parent.closest("script, noscript, option, .scroll")) continue;
    if (getComputedStyle(parent).clipPath !== "none") continue; // for screen readers
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const rect of range.getClientRects()) {
      if (rect.width > 1 && rect.height > 1) boxes.push({ what: text.textContent.trim().slice(0, 40), node: parent, rect, isText: true });
    }
  }
  for (const node of root.querySelectorAll("svg.spark:not([data-empty]), select, canvas, .wf-bar, .bar-track, button.quiet")) {
    if (shown(node)) boxes.push({ what: node.id || node.getAttribute("class") || node.tagName, node, rect: node.getBoundingClientRect(), isText: false });
  }
  const found = [];
  boxes.forEach((one, at) => {
    for (const other of boxes.slice(at + 1)) {
      if (one.node === other.node || one.node.contains(other.node) || other.node.contains(one.node)) continue;
      const [a, b] = [one.rect, other.rect];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      // lines of text stand closer than their boxes
      const leeway = one.isText && other.isText ? 4 : 2;
      if (wide > 2 && high > leeway) found.push(`${one.what} lies on ${other.what}`);
    }
  });
  for (const { what, node, rect, isText } of boxes) {
    if (!isText) continue;
    const frame = node.closest(".tile, .card, .alert, .bar, .panel") ?? document.body;
    const limit = frame.getBoundingClientRect();
    if (rect.right > Math.min(limit.right, innerWidth) + 1 || rect.left < limit.left - 1) found.push(`${what} is cut off`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is wider than the screen");
  return found;
}
