"""Contrast of text inside SVG, which axe-core does not compute.

Every visible text is compared with what is painted under its middle, by the formula of WCAG 2: 4.5 to 1, or 3 to 1
for large text. An outline painted under the letters counts as what is under them.
"""

from playwright.sync_api import Page

FAINT = r"""
() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
  const brush = canvas.getContext("2d", { willReadFrequently: true })
  // A canvas reads every notation of a color: names, hsl(), color-mix().
  const rgba = color => {
    brush.clearRect(0, 0, 1, 1); brush.fillStyle = "#0000"; brush.fillStyle = color; brush.fillRect(0, 0, 1, 1)
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data
    return [r, g, b, a / 255]
  }
  const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a))
  const opacity = element => {
    let whole = 1
    for (let at = element; at instanceof Element; at = at.parentElement) whole *= getComputedStyle(at).opacity
    return whole
  }
  const faded = (color, by) => { const [r, g, b, a] = rgba(color); return [r, g, b, a * by] }
  const paint = element => {
    const style = getComputedStyle(element)
    if (element instanceof SVGElement && !(element instanceof SVGSVGElement)) {
      if (style.fill === "none" || !(element instanceof SVGGeometryElement)) return null
      return faded(style.fill, style.fillOpacity * opacity(element))
    }
    return faded(style.backgroundColor, opacity(element))
  }
  const luminance = color => {
    const [r, g, b] = color.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ratio = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  }
  // What lets the pointer through is painted all the same.
  const sheet = new CSSStyleSheet()
  sheet.replaceSync("* { pointer-events: auto !important } svg * { pointer-events: all !important }")
  document.adoptedStyleSheets.push(sheet)
  const dark = getComputedStyle(document.documentElement).colorScheme.includes("dark")
    && matchMedia("(prefers-color-scheme: dark)").matches
  const faint = []
  let seen = 0
  for (const text of document.querySelectorAll("svg text, svg tspan")) {
    const own = [...text.childNodes].filter(n => n.nodeType === Node.TEXT_NODE).map(n => n.data).join("").trim()
    const style = getComputedStyle(text)
    if (!own || style.visibility !== "visible" || style.fill === "none") continue
    const range = document.createRange()
    range.selectNodeContents(text)
    const box = range.getBoundingClientRect()
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    const stack = document.elementsFromPoint(x, y)
    const at = stack.indexOf(text)
    if (at < 0 || !box.width) continue  // outside the window, or cut away
    const above = stack.slice(0, at).filter(e => !text.contains(e) && !e.contains(text))
    if (above.some(e => paint(e)?.[3] > 0.5)) continue  // covered
    seen += 1
    const layers = stack.slice(at + 1).filter(e => !(e instanceof SVGTextContentElement)).map(paint).filter(p => p)
    let under = dark ? [18, 18, 18] : [255, 255, 255]
    for (const layer of layers.reverse()) under = over(layer, under)
    if (style.paintOrder.startsWith("stroke") && style.stroke !== "none" && parseFloat(style.strokeWidth) >= 2)
      under = over(faded(style.stroke, style.strokeOpacity * opacity(text)), under)
    const letters = over(faded(style.fill, style.fillOpacity * opacity(text)), under)
    const { a, b } = text.getScreenCTM()
    const size = parseFloat(style.fontSize) * Math.hypot(a, b)
    const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5
    const found = ratio(letters, under)
    if (found < needed) faint.push(`"${own}": ${found.toFixed(2)} to 1, needs ${needed}`)
  }
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter(s => s !== sheet)
  return [seen, faint]
}
"""


def faint(page: Page, at_least: int = 1) -> list[str]:
    """Texts in SVG that are too faint, of those in the window and not covered. Fewer than `at_least` is a failure."""
    seen, found = page.evaluate(FAINT)
    assert seen >= at_least, f"{seen} texts seen of at least {at_least}"
    return found
