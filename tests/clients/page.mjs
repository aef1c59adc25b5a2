// Runs in the browser: opens /avatar.glb as any three.js application would and answers questions
// about it. The caller reads `window.avatar`, a promise.
import * as THREE from 'three';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';

const SIZE = 640;
// Moved further than this counts as moved, metres.
const MOVED = 1e-4;

async function open() {
  const renderer = new THREE.WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  renderer.setSize(SIZE, SIZE);
  document.body.append(renderer.domElement);
  const scene = new THREE.Scene();
  scene.background = new THREE.Color(0xe8e8e8);
  scene.add(new THREE.HemisphereLight(0xffffff, 0x999999, 2.0));
  const key = new THREE.DirectionalLight(0xffffff, 1.5);
  key.position.set(-1, 2, 3);
  scene.add(key);
  const { scene: root } = await new GLTFLoader().loadAsync('/avatar.glb');
  scene.add(root);
  root.updateMatrixWorld(true);
  const meshes = [];
  root.traverse((node) => {
    if (node.isMesh) meshes.push(node);
  });
  const at = (name) => {
    const node = root.getObjectByName(name);
    return node ? node.getWorldPosition(new THREE.Vector3()) : null;
  };
  const [left, right] = [at('LeftEye'), at('RightEye')];
  const middle = left.clone().add(right).multiplyScalar(0.5);
  const camera = new THREE.PerspectiveCamera(25, 1, 0.05, 20);
  camera.position.set(middle.x, middle.y - 0.03, middle.z + 0.75);
  camera.lookAt(middle.x, middle.y - 0.03, middle.z);
  camera.updateMatrixWorld(true);
  const pixel = (point) => {
    const seen = point.clone().project(camera);
    return [((seen.x + 1) / 2) * SIZE, ((1 - seen.y) / 2) * SIZE];
  };

  const pose = (weights) => {
    for (const mesh of meshes) {
      const names = mesh.morphTargetDictionary ?? {};
      for (const [name, index] of Object.entries(names)) {
        mesh.morphTargetInfluences[index] = weights[name] ?? 0;
      }
    }
    renderer.render(scene, camera);
  };
  // Where three.js puts every vertex, morphs and skin applied: world metres.
  const vertices = () =>
    meshes.map((mesh) => {
      const count = mesh.geometry.attributes.position.count;
      const point = new THREE.Vector3();
      const points = new Float64Array(count * 3);
      for (let i = 0; i < count; i += 1) {
        mesh.getVertexPosition(i, point).applyMatrix4(mesh.matrixWorld).toArray(points, i * 3);
      }
      return points;
    });
  pose({});
  const rest = vertices();

  const measure = (weights) => {
    pose(weights);
    const now = vertices();
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    const sum = [0, 0, 0];
    let [moved, farthest, weight] = [0, 0, 0];
    now.forEach((points, mesh) => {
      for (let i = 0; i < points.length; i += 3) {
        const from = rest[mesh].subarray(i, i + 3);
        const far = Math.hypot(...[0, 1, 2].map((k) => points[i + k] - from[k]));
        if (far <= MOVED) continue;
        moved += 1;
        farthest = Math.max(farthest, far);
        weight += far;
        for (const k of [0, 1, 2]) {
          low[k] = Math.min(low[k], from[k]);
          high[k] = Math.max(high[k], from[k]);
          sum[k] += far * from[k];
        }
      }
    });
    return { moved, farthest, low, high, centre: sum.map((s) => s / weight) };
  };

  const skeletons = new Set(meshes.filter((m) => m.isSkinnedMesh).map((m) => m.skeleton));
  const names = new Set(meshes.flatMap((m) => Object.keys(m.morphTargetDictionary ?? {})));
  return {
    pose,
    measure,
    facts: {
      size: SIZE,
      meshes: meshes.length,
      skinned: meshes.filter((m) => m.isSkinnedMesh).length,
      bones: [...new Set([...skeletons].flatMap((s) => s.bones.map((b) => b.name)))],
      morphs: [...names],
      leftEye: left.toArray(),
      rightEye: right.toArray(),
      leftEyePixel: pixel(left),
      rightEyePixel: pixel(right),
      drawCalls: renderer.info.render.calls,
      triangles: renderer.info.render.triangles,
    },
  };
}

window.avatar = open();
