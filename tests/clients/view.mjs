// Open a GLB in three.js in headless Chromium and photograph it:
//   node view.mjs CHROMIUM FILE.glb OUT_DIR '{"neutral": {}, "jawOpen": {"jawOpen": 1}}'
// Writes OUT_DIR/<shot>.png; prints JSON: facts, what each shot moved, what the console said.
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const [browser, glb, out, shots] = process.argv.slice(2);
const here = fileURLToPath(new URL('.', import.meta.url));
const three = join(here, 'node_modules', 'three');
const TYPES = { '.html': 'text/html', '.mjs': 'text/javascript', '.js': 'text/javascript' };

// Only these paths are served, to this machine alone.
function fileOf(path) {
  if (path === '/avatar.glb') return glb;
  if (path === '/page.html' || path === '/page.mjs') return join(here, path);
  const wanted = normalize(join(three, path.replace(/^\/three\//, '')));
  return path.startsWith('/three/') && wanted.startsWith(three + sep) ? wanted : null;
}

const server = createServer(async (request, response) => {
  const file = fileOf(new URL(request.url, 'http://127.0.0.1').pathname);
  try {
    const data = await readFile(file ?? '');
    const type = TYPES[extname(file)] ?? 'model/gltf-binary';
    response.writeHead(200, { 'content-type': type }).end(data);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const profile = await mkdtemp(join(tmpdir(), 'likeness-chromium-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: browser,
  headless: true,
  viewport: { width: 640, height: 640 },
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
const said = [];
try {
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('requestfailed', (request) => said.push(`failed: ${request.url()}`));
  await page.goto(`http://127.0.0.1:${server.address().port}/page.html`);
  await page.waitForFunction('window.avatar', null, { timeout: 60000 });
  const facts = await page.evaluate(async () => (await window.avatar).facts);
  const measured = {};
  for (const [name, weights] of Object.entries(JSON.parse(shots))) {
    measured[name] = await page.evaluate(async (w) => (await window.avatar).measure(w), weights);
    await page.screenshot({ path: join(out, `${name}.png`) });
  }
  process.stdout.write(JSON.stringify({ facts, measured, said }));
} finally {
  await context.close();
  server.close();
  await rm(profile, { recursive: true, force: true });
}
