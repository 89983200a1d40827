// Leaves of KERN's style sheet what pages can use: two thirds of it are for others.
// A word of a template or a module also stands for the icon, button, alert and badge of its name.

const variants = ["icon", "btn", "alert", "badge"];

module.exports = {
  css: ["node_modules/@kern-ux/native/dist/kern.min.css"],
  content: ["kts/templates/**/*.html", "kts/**/*.py", "kts/static/js/*.js"],
  // The colours of light and dark; their rule for the body begins with :is(), which would be dropped.
  safelist: { greedy: [/kern-(light|dark|layer|level)/, /:is/] },
  defaultExtractor: (content) =>
    (content.match(/[\w-]+/g) || []).flatMap((word) => [
      word,
      ...variants.map((variant) => `kern-${variant}--${word}`),
    ]),
};
