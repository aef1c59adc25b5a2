"""MediaPipe's face mesh network on a window of our choosing.

`mp.solutions.face_mesh` always detects first, on its own low-resolution copy, and aims its own
window; here the window is the whole input, so it is the caller who aims.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Uint8

_GRAPH = """
input_stream: "image"
input_stream: "window"
output_stream: "landmarks"
node {
  calculator: "ConstantSidePacketCalculator"
  output_side_packet: "PACKET:with_attention"
  node_options: {
    [type.googleapis.com/mediapipe.ConstantSidePacketCalculatorOptions]: {
      packet { bool_value: true }
    }
  }
}
node {
  calculator: "FaceLandmarkCpu"
  input_stream: "IMAGE:image"
  input_stream: "ROI:window"
  input_side_packet: "WITH_ATTENTION:with_attention"
  output_stream: "LANDMARKS:landmarks"
}
"""


class MeshGraph:
    """The face mesh with attention: 478 points, irises last. Not for use by two threads at once."""

    def __init__(self) -> None:
        bindings = "mediapipe.python._framework_bindings"
        graphs = importlib.import_module(f"{bindings}.calculator_graph")
        resources = importlib.import_module(f"{bindings}.resource_util")
        self._images = importlib.import_module(f"{bindings}.image_frame")
        self._create = importlib.import_module("mediapipe.python.packet_creator")
        self._get = importlib.import_module("mediapipe.python.packet_getter")
        self._rects = importlib.import_module("mediapipe.framework.formats.rect_pb2")
        package = importlib.import_module("mediapipe").__file__
        assert package is not None
        resources.set_resource_dir(str(Path(package).parent.parent))
        self._found: Any = None
        self._clock = 0
        self._graph = graphs.CalculatorGraph(graph_config=_GRAPH)
        self._graph.observe_output_stream("landmarks", self._keep)
        self._graph.start_run()

    def _keep(self, _stream: str, packet: Any) -> None:
        self._found = self._get.get_proto(packet)

    def process(self, pixels: Uint8) -> NDArray[np.float64] | None:
        """(S, S, 3) uint8 contiguous → (478, 3) in shares of S (x, y, and z on the same scale).

        None where the network sees no face.
        """
        self._found = None
        self._clock += 1
        image = self._create.create_image_frame(pixels, image_format=self._images.ImageFormat.SRGB)
        window = self._rects.NormalizedRect(x_center=0.5, y_center=0.5, width=1.0, height=1.0)
        self._graph.add_packet_to_input_stream("image", image.at(self._clock))
        self._graph.add_packet_to_input_stream(
            "window", self._create.create_proto(window).at(self._clock)
        )
        self._graph.wait_until_idle()
        if self._found is None:
            return None
        return np.array([(p.x, p.y, p.z) for p in self._found.landmark], np.float64)

    def close(self) -> None:
        """Free the network."""
        self._graph.close()
