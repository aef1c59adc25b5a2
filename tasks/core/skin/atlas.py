"""The skin's atlas with all that depends on the topology alone, made once and kept as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from tasks.core.body.model import BodyModel
from tasks.core.digest import Digested
from tasks.core.entities import Float32, Int32, Uint8
from tasks.core.errors import EngineMissing
from tasks.core.skin.brows import brow_mask
from tasks.core.skin.layout import SkinLayout, skin_layout
from tasks.core.skin.raster import Raster, rasterize

DATA_FILE = Path(__file__).parent / "data" / "anny_atlas.npz"
# Surface positions are looked up at this many texels a side and interpolated to the texture's
# own size: positions are smooth, and a quarter of the texels cost a quarter of the time.
RASTER_SIZE = 1024
# The head's island lies in this share of the columns, counted from the left; the share is a whole
# number of texels from 32 texels on.
HEAD_BOX = (23, 32)
# Masks of lips, ears and nails need no more than this.
MASK_SIZE = 512
# The masks of the MakeHuman community's skin shader (CC0), in the base mesh's own UVs.
MASKS = {
    "face": "mpfb_face.jpg",
    "ears": "mpfb_ears.jpg",
    "eyelids": "mpfb_eyelids.jpg",
    "lips": "mpfb_lips.jpg",
    "nails": "mpfb_fingernails.jpg",
}
# One more, drawn along the landmarks.
BROWS = "brows"


@dataclass(frozen=True)
class SkinAtlas(Digested):
    """layout: faces and UVs. raster: the triangle under each texel. masks: name → (M, M) uint8.
    topology: digest of the topology it was made for."""

    layout: SkinLayout
    raster: Raster
    masks: dict[str, Uint8]
    topology: str

    @cached_property
    def head(self) -> Raster:
        """The texels of the head's island alone."""
        raster, layout = self.raster, self.layout
        mine = layout.island[raster.triangles] == layout.islands.index("head")
        return raster.at(np.flatnonzero(mine))

    @cached_property
    def coarse(self) -> Raster:
        """All texels at the size of the masks."""
        return self.raster.thinned(self.raster.size // MASK_SIZE)

    @staticmethod
    def head_columns(size: int) -> int:
        """Columns of the box around the head's island in a map of `size` texels a side."""
        return size * HEAD_BOX[0] // HEAD_BOX[1]


def build_atlas(model: BodyModel, masks_dir: Path) -> SkinAtlas:
    """Make the atlas from the model.

    Args:
        model: a body model on the MakeHuman base mesh.
        masks_dir: the folder with the masks of `MASKS`.
    """
    layout = skin_layout(model)
    raster = rasterize(layout.uv, layout.uv_faces, RASTER_SIZE)
    small = rasterize(layout.uv, layout.uv_faces, MASK_SIZE)
    source = small.image(small.interpolate(model.topology.uv, layout.uv_faces), fill=-1.0)
    masks = {}
    for name, file in MASKS.items():
        image = cv2.imread(str(masks_dir / file), cv2.IMREAD_GRAYSCALE)
        height, width = image.shape
        x, y = source[..., 0] * width - 0.5, (1.0 - source[..., 1]) * height - 0.5
        masks[name] = np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR), np.uint8)
    masks[BROWS] = np.round(255.0 * brow_mask(model, layout, MASK_SIZE)).astype(np.uint8)
    return SkinAtlas(layout=layout, raster=raster, masks=masks, topology=model.topology.digest)


def save_atlas(atlas: SkinAtlas, path: Path) -> None:
    """Write the atlas; the barycentric weights are left out, since the UVs give them again."""
    layout, raster = atlas.layout, atlas.raster
    np.savez_compressed(
        path,
        faces=layout.faces,
        uv=layout.uv,
        uv_faces=layout.uv_faces.astype(np.uint16),
        island=layout.island.astype(np.uint8),
        islands=np.array(layout.islands),
        mirror=layout.mirror.astype(np.uint16),
        size=np.array(raster.size),
        texel_steps=np.diff(raster.texels, prepend=0).astype(np.uint32),
        triangles=raster.triangles.astype(np.uint16),
        topology=np.array(atlas.topology),
        **{f"mask_{name}": mask for name, mask in atlas.masks.items()},
    )


def load_atlas(model: BodyModel) -> SkinAtlas:
    """Read the stored atlas.

    Raises:
        EngineMissing: `engine.skin_atlas`, where it was made for another base mesh.
    """
    with np.load(DATA_FILE, allow_pickle=False) as stored:
        if str(stored["topology"]) != model.topology.digest:
            raise EngineMissing(
                "engine.skin_atlas",
                f"The skin's atlas was made for another base mesh than that of {model.name} "
                f"{model.version}; run `python -m infra.make_atlas`.",
            )
        layout = SkinLayout(
            faces=stored["faces"].astype(np.int32),
            uv=stored["uv"],
            uv_faces=stored["uv_faces"].astype(np.int32),
            island=stored["island"].astype(np.int32),
            islands=tuple(str(name) for name in stored["islands"]),
            mirror=stored["mirror"].astype(np.int32),
        )
        size = int(stored["size"])
        texels = np.cumsum(stored["texel_steps"]).astype(np.int32)
        triangles = stored["triangles"].astype(np.int32)
        masks = {name: stored[f"mask_{name}"] for name in (*MASKS, BROWS)}
        topology = str(stored["topology"])
    raster = Raster(
        size=size,
        texels=texels,
        triangles=triangles,
        barycentric=_barycentric(layout, texels, triangles, size),
    )
    return SkinAtlas(layout=layout, raster=raster, masks=masks, topology=topology)


def _barycentric(layout: SkinLayout, texels: Int32, triangles: Int32, size: int) -> Float32:
    corner = layout.uv[layout.uv_faces].astype(np.float64) * size - 0.5
    edge_b, edge_c = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = edge_b[:, 0] * edge_c[:, 1] - edge_b[:, 1] * edge_c[:, 0]
    scale = 1.0 / np.where(area == 0.0, np.inf, area)
    # A triangle's first corner and the gradients of the other corners' weights, in one look-up.
    columns = [
        corner[:, 0, 0],
        corner[:, 0, 1],
        edge_c[:, 1] * scale,
        -edge_c[:, 0] * scale,
        -edge_b[:, 1] * scale,
        edge_b[:, 0] * scale,
    ]
    table = np.column_stack(columns).astype(np.float32)
    left, top, b_x, b_y, c_x, c_y = table[triangles].T
    x = (texels % size).astype(np.float32) - left
    y = (texels // size).astype(np.float32) - top
    weights = np.empty((len(texels), 3), np.float32)
    weights[:, 1] = b_x * x + b_y * y
    weights[:, 2] = c_x * x + c_y * y
    weights[:, 0] = 1.0 - weights[:, 1] - weights[:, 2]
    return weights
