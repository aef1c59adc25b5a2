"""Offscreen pictures of mesh parts, by VTK: what a photo's camera would see of the avatar.

The projection is the pinhole of `Camera`, pixel for pixel, so a picture can be laid over the photo
it was fitted to. Shading multiplies in linear light and is tied to the view, not to the world:
base colours stay what they are (`unlit`) or are shaded gently enough that landmarks are still
found (the default).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray, vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkRenderWindow,
    vtkTexture,
)
from vtkmodules.vtkRenderingOpenGL2 import vtkEGLRenderWindow, vtkOSOpenGLRenderWindow

from tasks.core.entities import Camera, Material, MeshPart, Texture, Uint8
from tasks.core.errors import EngineMissing

# Pictures are drawn this many times larger in each direction and averaged down: smooth edges
# without multisampling, whose sample pattern differs between drivers.
_SUPERSAMPLING = 2

# Light arriving from everywhere, and the direction (view frame: x right, y up, z to the viewer)
# of the key light. Together they leave a surface that faces the light at its base colour.
_AMBIENT = 0.55
_KEY_DIRECTION = (-0.35, 0.45, 0.82)

# The nearest and farthest drawn distances, as shares of the nearest and farthest vertex.
_NEAR_SHARE = 0.9
_FAR_SHARE = 1.1
_NEAREST_M = 1e-3

# Light scales linear colours; under a power law that is one factor on the encoded ones, which is
# within three steps of 255 of sRGB's own curve and a third of the shader's work.
_SHADE = """
  {{
    float key = max(dot(normalVCVSOutput, vec3({x:.6f}, {y:.6f}, {z:.6f})), 0.0);
    gl_FragData[0].rgb *= pow({ambient:.6f} + (1.0 - {ambient:.6f}) * key, 1.0 / 2.2);
  }}
"""
# Only where it is needed: a shader that may discard costs the early depth test.
_CUT = """
  if (gl_FragData[0].a < {cutoff:.4f}) discard;
"""
_HOOK = "//VTK::TCoord::Impl"


def render_parts(
    parts: Sequence[MeshPart],
    materials: Sequence[Material],
    textures: Mapping[str, Texture],
    camera: Camera,
    *,
    morphs: Mapping[str, float] | None = None,
    background: tuple[int, int, int] = (255, 255, 255),
    unlit: bool = False,
) -> Uint8:
    """One picture of the parts as `camera` sees them.

    Args:
        parts: what to draw, in the camera's world frame (metres).
        materials: every material that the parts name.
        textures: every texture that the materials name; sRGB.
        camera: pinhole; its width and height are the picture's.
        morphs: weight of each morph by name; names that a part lacks are nothing to it.
        background: sRGB 0..255 behind the avatar.
        unlit: show base colours exactly, without any shading.

    Returns:
        (height, width, 3) uint8 sRGB.

    Raises:
        EngineMissing: this machine has no OpenGL that draws without a display.
        KeyError: a part names a material, or a material a texture, that is not given.
    """
    rgba = render_rgba(parts, materials, textures, camera, morphs=morphs, unlit=unlit)
    return over_background(rgba, background)


def render_rgba(
    parts: Sequence[MeshPart],
    materials: Sequence[Material],
    textures: Mapping[str, Texture],
    camera: Camera,
    *,
    morphs: Mapping[str, float] | None = None,
    unlit: bool = False,
) -> Uint8:
    """As `render_parts`, with coverage: (height, width, 4) uint8 sRGB, straight alpha."""
    with Scene(parts, materials, textures, morphs=morphs, unlit=unlit) as scene:
        return scene.picture(camera)


def over_background(rgba: Uint8, background: tuple[int, int, int] | Uint8) -> Uint8:
    """Lay a picture with straight alpha over a colour or over an image of its size.

    Args:
        rgba: (H, W, 4) uint8 sRGB.
        background: sRGB 0..255, or (H, W, 3) uint8 sRGB.

    Returns:
        (H, W, 3) uint8 sRGB.
    """
    behind = np.asarray(background, np.uint8)
    image = np.where(rgba[..., 3:] == 255, rgba[..., :3], behind)
    # Only the rim is a mixture, some pixels in a hundred.
    rim = (rgba[..., 3] > 0) & (rgba[..., 3] < 255)
    share = rgba[rim][:, 3:].astype(np.float32) / 255.0
    mixed = rgba[rim][:, :3] * share + image[rim] * (1.0 - share)
    image[rim] = np.rint(mixed).astype(np.uint8)
    return image


def orbit_camera(
    target: Sequence[float] | NDArray[np.floating],
    distance: float,
    yaw: float,
    pitch: float,
    size: int | tuple[int, int],
    fov: float,
) -> Camera:
    """A camera on a sphere about a point, upright, looking at the point.

    Args:
        target: (3,) metres, the middle of the picture.
        distance: metres from the target.
        yaw: radians about +Y; 0 stands in front of the avatar (on +Z), positive values walk
            towards its left hand (+X).
        pitch: radians; positive values look down from above.
        size: pixels of a square picture, or (width, height).
        fov: radians, full vertical field of view.

    Returns:
        The camera, principal point in the middle.
    """
    width, height = (size, size) if isinstance(size, int) else size
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    backward = np.array([cp * sy, sp, cp * cy])
    right = np.array([cy, 0.0, -sy])
    up = np.cross(backward, right)
    rotation = np.stack([right, -up, -backward])
    eye = np.asarray(target, np.float64) + distance * backward
    return Camera(
        focal_px=float(height / 2.0 / np.tan(fov / 2.0)),
        principal=np.array([width / 2.0, height / 2.0], np.float32),
        rotation=rotation.astype(np.float32),
        translation=(-rotation @ eye).astype(np.float32),
        width=width,
        height=height,
    )


class Scene:
    """Parts uploaded once, to be seen from several cameras. Use as a context manager.

    mipmaps: textures are averaged down for what is far away. Without them a scene is there in a
    third of the time, and pictures that show a texel as about a pixel are the sharper for it.
    """

    def __init__(
        self,
        parts: Sequence[MeshPart],
        materials: Sequence[Material],
        textures: Mapping[str, Texture],
        *,
        morphs: Mapping[str, float] | None = None,
        unlit: bool = False,
        mipmaps: bool = True,
        supersampling: int = _SUPERSAMPLING,
    ) -> None:
        self._supersampling = supersampling
        self._points = [morphed_positions(part, morphs or {}) for part in parts]
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0.0, 0.0, 0.0)
        self._renderer.SetBackgroundAlpha(0.0)
        # Translucent parts are drawn in the order of the parts: no peeling passes.
        self._renderer.SetUseDepthPeeling(0)
        by_name = {material.name: material for material in materials}
        used = {by_name[part.material].texture for part in parts}
        uploaded = {name: _texture(textures[name], mipmaps) for name in used if name is not None}
        # Opaque first, so that what lies behind a translucent part is there to blend with.
        blended = [by_name[part.material].alpha_mode == "BLEND" for part in parts]
        for index in sorted(range(len(parts)), key=blended.__getitem__):
            material = by_name[parts[index].material]
            self._renderer.AddActor(
                _actor(parts[index], self._points[index], material, uploaded, unlit)
            )
        self._window = _open_window()
        self._window.SetMultiSamples(0)
        self._window.SetAlphaBitPlanes(1)
        self._window.AddRenderer(self._renderer)

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the graphics memory back."""
        self._window.RemoveRenderer(self._renderer)
        self._window.Finalize()

    def points(self) -> NDArray[np.float32]:
        """(N, 3) all vertices as they are drawn, metres."""
        return np.concatenate(self._points)

    def picture(self, camera: Camera) -> Uint8:
        """(camera.height, camera.width, 4) uint8 sRGB with straight alpha."""
        width, height = camera.width * self._supersampling, camera.height * self._supersampling
        depths = np.concatenate([camera.project(points)[:, 2] for points in self._points])
        self._aim(camera, float(depths.min()), float(depths.max()))
        self._window.SetSize(width, height)
        self._window.Render()
        buffer: Any = vtkUnsignedCharArray()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, buffer)
        pixels = vtk_to_numpy(buffer).reshape(height, width, 4)[::-1]
        return _averaged(pixels, self._supersampling)

    def _aim(self, camera: Camera, nearest: float, farthest: float) -> None:
        rotation = camera.rotation.astype(np.float64)
        position = -rotation.T @ camera.translation.astype(np.float64)
        view = self._renderer.GetActiveCamera()
        view.SetPosition(*position)
        view.SetFocalPoint(*(position + rotation[2]))
        view.SetViewUp(*(-rotation[1]))
        near = max(nearest * _NEAR_SHARE, _NEAREST_M)
        far = max(farthest * _FAR_SHARE, near * 2.0)
        view.SetClippingRange(near, far)
        matrix = vtkMatrix4x4()
        for row, values in enumerate(_projection(camera, near, far)):
            for column, value in enumerate(values):
                matrix.SetElement(row, column, float(value))
        view.SetExplicitProjectionTransformMatrix(matrix)
        view.SetUseExplicitProjectionTransformMatrix(True)


def morphed_positions(part: MeshPart, morphs: Mapping[str, float]) -> NDArray[np.float32]:
    """(N, 3) positions of a part with the named morphs added at their weights."""
    positions = part.positions.astype(np.float32, copy=True)
    for morph in part.morphs:
        weight = morphs.get(morph.name, 0.0)
        if weight != 0.0:
            positions[morph.indices] += np.float32(weight) * morph.offsets
    return positions


def _projection(camera: Camera, near: float, far: float) -> NDArray[np.float64]:
    """OpenGL's 4×4 projection of a pinhole whose principal point may lie anywhere.

    OpenGL looks along -z with y up: x_clip = 2 f x / w + (2 c_x / w - 1) · depth, depth = -z.
    """
    cx, cy = (float(value) for value in camera.principal)
    matrix = np.zeros((4, 4))
    matrix[0, 0] = 2.0 * camera.focal_px / camera.width
    matrix[0, 2] = -(2.0 * cx / camera.width - 1.0)
    matrix[1, 1] = 2.0 * camera.focal_px / camera.height
    matrix[1, 2] = -(1.0 - 2.0 * cy / camera.height)
    matrix[2, 2] = -(far + near) / (far - near)
    matrix[2, 3] = -2.0 * far * near / (far - near)
    matrix[3, 2] = -1.0
    return matrix


def _averaged(pixels: NDArray[np.uint8], factor: int) -> Uint8:
    """Mean over factor by factor blocks; premultiplied by coverage in, straight out."""
    height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
    # Over whole blocks INTER_AREA is the exact mean.
    mean = cv2.resize(np.ascontiguousarray(pixels), (width, height), interpolation=cv2.INTER_AREA)
    alpha = mean[..., 3]
    # Only the rim is partly covered: the rest is its own straight colour.
    rim = (alpha > 0) & (alpha < 255)
    straight = mean[rim].astype(np.float32)
    straight[:, :3] *= 255.0 / straight[:, 3:]
    mean[rim] = np.rint(np.minimum(straight, 255.0)).astype(np.uint8)
    return np.asarray(mean, np.uint8)


def _open_window() -> vtkRenderWindow:
    for kind in (vtkEGLRenderWindow, vtkOSOpenGLRenderWindow):
        window = kind()
        window.SetOffScreenRendering(1)
        window.SetShowWindow(False)
        if window.SupportsOpenGL():
            return window
    raise EngineMissing(
        "engine.opengl",
        "No OpenGL that draws without a display was found. On Debian or Ubuntu: "
        "apt-get install libegl1 libgl1-mesa-dri",
    )


def _actor(
    part: MeshPart,
    points: NDArray[np.float32],
    material: Material,
    textures: Mapping[str, vtkTexture],
    unlit: bool,
) -> vtkActor:
    mesh = vtkPolyData()
    from_numpy = numpy_to_vtk(np.ascontiguousarray(points), deep=True)
    mesh.SetPoints(_vtk_points(from_numpy))
    mesh.GetPointData().SetNormals(numpy_to_vtk(np.ascontiguousarray(part.normals), deep=True))
    mesh.GetPointData().SetTCoords(numpy_to_vtk(np.ascontiguousarray(part.uv), deep=True))
    mesh.SetPolys(_triangles(part.faces))
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(mesh)
    mapper.ScalarVisibilityOff()
    mapper.SetResolveCoincidentTopologyToOff()
    actor = vtkActor()
    actor.SetMapper(mapper)
    look = actor.GetProperty()
    red, green, blue, alpha = _encoded(material.color)
    # All of VTK's own lighting off: the base colour arrives whole and the shader shades it.
    look.SetAmbient(1.0)
    look.SetDiffuse(0.0)
    look.SetSpecular(0.0)
    look.SetColor(red, green, blue)
    look.SetOpacity(alpha if material.alpha_mode == "BLEND" else 1.0)
    look.SetBackfaceCulling(not material.double_sided)
    if material.texture is not None:
        actor.SetTexture(textures[material.texture])
    if material.alpha_mode == "BLEND":
        actor.ForceTranslucentOn()
    else:
        actor.ForceOpaqueOn()
    key = np.asarray(_KEY_DIRECTION) / np.linalg.norm(_KEY_DIRECTION)
    code = _HOOK
    if material.alpha_mode == "MASK":
        code += _CUT.format(cutoff=material.alpha_cutoff)
    if not unlit:
        code += _SHADE.format(x=key[0], y=key[1], z=key[2], ambient=_AMBIENT)
    actor.GetShaderProperty().AddFragmentShaderReplacement(_HOOK, True, code, False)
    return actor


def _vtk_points(array: vtkDataArray) -> vtkPoints:
    points = vtkPoints()
    points.SetData(array)
    return points


def _triangles(faces: NDArray[np.integer]) -> vtkCellArray:
    cells = vtkCellArray()
    flat = np.ascontiguousarray(faces.reshape(-1), np.int64)
    offsets = np.arange(0, len(flat) + 1, 3, dtype=np.int64)
    cells.SetData(
        numpy_to_vtkIdTypeArray(offsets, deep=True), numpy_to_vtkIdTypeArray(flat, deep=True)
    )
    return cells


def _texture(texture: Texture, mipmaps: bool) -> vtkTexture:
    height, width, channels = texture.pixels.shape
    image = vtkImageData()
    image.SetDimensions(width, height, 1)
    # VTK's first row is at t = 0 and glTF's v runs down from 0: the rows go in as they are.
    flat = np.ascontiguousarray(texture.pixels.reshape(-1, channels))
    image.GetPointData().SetScalars(numpy_to_vtk(flat, deep=True))
    made = vtkTexture()
    made.SetInputData(image)
    made.InterpolateOn()
    made.SetMipmap(mipmaps)
    # Supersampling does its work; anisotropic filtering in software costs twice the frame.
    made.SetMaximumAnisotropicFiltering(1.0)
    made.SetColorModeToDirectScalars()
    made.RepeatOn()
    return made


def _encoded(linear: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """A material's linear base colour factor, as the sRGB that the pipeline carries."""
    rgb = np.clip(np.asarray(linear[:3], np.float64), 0.0, 1.0)
    srgb = np.where(rgb <= 0.0031308, rgb * 12.92, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return (float(srgb[0]), float(srgb[1]), float(srgb[2]), float(linear[3]))
