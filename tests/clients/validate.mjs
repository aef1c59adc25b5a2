// Khronos' glTF validator over one file: node validate.mjs FILE.glb → its report as JSON.
import { readFile } from 'node:fs/promises';
import validator from 'gltf-validator';

const [file] = process.argv.slice(2);
const report = await validator.validateBytes(new Uint8Array(await readFile(file)), {
  uri: file,
  maxIssues: 0,
});
process.stdout.write(JSON.stringify(report));
