"""Names that clients look for: bones, ARKit blendshapes, Oculus visemes."""

from __future__ import annotations

_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Pinky")


def _arm(side: str) -> tuple[tuple[str, str], ...]:
    chain = [
        (f"{side}Shoulder", "Spine2"),
        (f"{side}Arm", f"{side}Shoulder"),
        (f"{side}ForeArm", f"{side}Arm"),
        (f"{side}Hand", f"{side}ForeArm"),
    ]
    for finger in _FINGERS:
        above = f"{side}Hand"
        for link in (1, 2, 3, 4):
            bone = f"{side}Hand{finger}{link}"
            chain.append((bone, above))
            above = bone
    return tuple(chain)


def _leg(side: str) -> tuple[tuple[str, str], ...]:
    return (
        (f"{side}UpLeg", "Hips"),
        (f"{side}Leg", f"{side}UpLeg"),
        (f"{side}Foot", f"{side}Leg"),
        (f"{side}ToeBase", f"{side}Foot"),
        (f"{side}Toe_End", f"{side}ToeBase"),
    )


# The 67 bones of the Ready Player Me skeleton (Mixamo's names without its prefix), parents first,
# as (bone, parent). The order is the order of a written skin's joints and never changes.
BONES: tuple[tuple[str, str | None], ...] = (
    ("Hips", None),
    ("Spine", "Hips"),
    ("Spine1", "Spine"),
    ("Spine2", "Spine1"),
    ("Neck", "Spine2"),
    ("Head", "Neck"),
    ("HeadTop_End", "Head"),
    ("LeftEye", "Head"),
    ("RightEye", "Head"),
    *_arm("Left"),
    *_arm("Right"),
    *_leg("Left"),
    *_leg("Right"),
)
BONE_NAMES: tuple[str, ...] = tuple(bone for bone, _ in BONES)

# Apple's ARFaceAnchor.BlendShapeLocation, in alphabetical order.
ARKIT: tuple[str, ...] = (
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)

# The Oculus (Meta) lip-sync set, in its own order and case.
VISEMES: tuple[str, ...] = (
    "viseme_sil",
    "viseme_PP",
    "viseme_FF",
    "viseme_TH",
    "viseme_DD",
    "viseme_kk",
    "viseme_CH",
    "viseme_SS",
    "viseme_nn",
    "viseme_RR",
    "viseme_aa",
    "viseme_E",
    "viseme_I",
    "viseme_O",
    "viseme_U",
)
