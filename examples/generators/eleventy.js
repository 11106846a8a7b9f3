// A plugin for Eleventy: leads readers to archive copies of what is broken, and leaves the pages alone.
//
//     import holdfast from "./eleventy.js";
//     export default (config) => { config.addPlugin(holdfast, { manifest: ".holdfast/report.manifest.json" }); };
//
// `holdfast report --format manifest --output .holdfast` writes the manifest, before `npx @11ty/eleventy`.
import { existsSync, readFileSync } from "node:fs";

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'" };
const unescape = (text) => text.replace(/&(amp|lt|gt|quot|#39|#x27);/g, (_, name) => ENTITIES[name]);
const escape = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

/** Return HTML with the links changed. */
export function leadToCopies(html, links) {
  return html.replace(/(<a\b[^>]*?\shref=)("[^"]*"|'[^']*')/gi, (link, start, quoted) => {
    const url = unescape(quoted.slice(1, -1));
    const address = url.split("#")[0];
    const entry = Object.hasOwn(links, address) ? links[address] : undefined;
    if (!entry || entry.use !== "copy") return link;
    return `${start}"${escape(entry.copy)}" data-originalurl="${escape(url)}"`;
  });
}

export default function (config, { manifest = ".holdfast/report.manifest.json" } = {}) {
  if (!existsSync(manifest)) return; // the site is built as it is
  const { schema, links } = JSON.parse(readFileSync(manifest, "utf-8"));
  if (schema !== 1) throw new Error(`${manifest} has schema ${schema}: this plugin reads 1`);
  config.addTransform("holdfast", function (content) {
    return (this.page.outputPath || "").endsWith(".html") ? leadToCopies(content, links) : content;
  });
}
