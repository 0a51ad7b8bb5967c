# SPDX-License-Identifier: Apache-2.0
"""Eras: the integers of members follow the chosen major, once and for all; each case runs in its own process."""
import pytest

from helpers import python

# (member, integers in 7, 8, 9, 10, 11); None: the era lacks it, so it is free from 40 up.
MOVED = [
    ("LayerType.CAST", (None, 47, 47, 1, 1)),
    ("LayerType.CONSTANT", (20, 19, 19, 19, 19)),
    ("LayerType.FULLY_CONNECTED", (1, 1, 1, None, None)),
    ("BuilderFlag.TF32", (7, 7, 7, 6, 6)),
    ("BuilderFlag.REFIT", (5, 5, 5, 4, 4)),
    ("NetworkDefinitionCreationFlag.STRONGLY_TYPED", (None, None, 2, 1, 0)),
    ("NetworkDefinitionCreationFlag.EXPLICIT_BATCH", (0, 0, 0, 0, None)),
    ("PreviewFeature.PROFILE_SHARING_0806", (None, 2, 2, 0, None)),
    ("DataType.BF16", (None, None, 7, 7, 7)),
]
VERSIONS = {7: "7.2.3", 8: "8.6.1", 9: "9.3.0", 10: "10.16.2", 11: "11.1.0"}


@pytest.mark.parametrize("era", VERSIONS)
def test_integers_of_an_era(era):
    names = [name for name, _ in MOVED]
    out = python("""
        import sys, ternrt as trt
        trt.compat(int(sys.argv[1]))
        for name in sys.argv[2:]:
            kind, member = name.split(".")
            print(int(getattr(getattr(trt, kind), member)))
        print(trt._ternrt._compat_version())
        """, str(era), *names).splitlines()
    for (name, integers), found in zip(MOVED, out):
        expected = integers[era - 7]
        assert int(found) >= 40 if expected is None else int(found) == expected, name
    assert out[-1] == VERSIONS[era]


def test_integers_of_an_enumeration_are_distinct_in_every_era():
    for era in VERSIONS:
        python("""
            import sys, ternrt as trt
            trt.compat(int(sys.argv[1]))
            masks = {trt.BuilderFlag, trt.NetworkDefinitionCreationFlag, trt.TacticSource, trt.PreviewFeature}
            twice = {("ErrorCodeTRT", 1)} if trt.compat() == 7 else set()  # TensorRT 7 had both names for it
            for kind in vars(trt).values():
                if isinstance(kind, type) and hasattr(kind, "__members__"):
                    members = set(kind.__members__.values())
                    integers = [int(member) for member in members]
                    same = {(kind.__name__, i) for i in integers if integers.count(i) > 1}
                    assert same <= twice, same
                    assert max(integers) < 64 or kind not in masks
            """, str(era))


def test_unset_means_the_integers_of_10():
    assert python("import ternrt as trt; print(trt.compat(), int(trt.BuilderFlag.REFIT), "
                  "trt._ternrt._compat_version())") == "None 4 10.16.2"


def test_the_environment_chooses():
    assert python("import ternrt as trt; print(trt.compat(), int(trt.BuilderFlag.REFIT))", TERNRT_COMPAT="8") == "8 5"


@pytest.mark.parametrize("value", ["6", "12", "eight"])
def test_a_wrong_environment_says_so(value):
    assert "TERNRT_COMPAT" in python("""
        try:
            import ternrt
        except ValueError as error:
            print(error)
        """, TERNRT_COMPAT=value)


@pytest.mark.parametrize("cause, told", [
    ("trt.Builder(trt.Logger())", "Builder()"),
    ("trt.Runtime(trt.Logger())", "Runtime()"),
    ("int(trt.BuilderFlag.REFIT)", "int(BuilderFlag.REFIT)"),
])
def test_first_use_freezes_the_era(cause, told):
    assert told in python("""
        import sys, ternrt as trt
        thing = eval(sys.argv[1])
        trt.compat(7) if trt.compat() == 7 else None
        try:
            trt.compat(8)
        except RuntimeError as error:
            print(error)
        """, cause)


def test_what_never_moved_freezes_nothing():
    assert python("import ternrt as trt; int(trt.Logger.ERROR), int(trt.BuilderFlag.FP16), trt.Logger(); "
                  "print(trt.compat(9), trt.compat(9))") == "9 9"


def test_integers_that_come_in_are_read_by_the_era():
    assert python("import ternrt as trt; trt.compat(8); print(trt.LayerType(47), trt.LayerType(20))") == \
        "LayerType.CAST LayerType.RNN_V2"
    assert python("import ternrt as trt; trt.compat(11); b = trt.Builder(trt.Logger()); n = b.create_network(1); "
                  "print(n.get_flag(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED), n.flags)") == "True 1"


@pytest.mark.parametrize("era, implicit", [(7, True), (8, True), (9, True), (10, False), (11, False)])
def test_a_chosen_era_decides_the_batch_alone(era, implicit):
    assert python("""
        import sys, ternrt as trt
        trt.compat(int(sys.argv[1]))
        print(trt.Builder(trt.Logger()).create_network().has_implicit_batch_dimension)
        """, str(era)) == str(implicit)


def test_shape_layers_give_int32_up_to_9():
    code = """
        import sys, ternrt as trt
        trt.compat(int(sys.argv[1]))
        network = trt.Builder(trt.Logger()).create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
        print(network.add_shape(network.add_input("x", trt.float32, (2, 3))).get_output(0).dtype)
        """
    assert python(code, "9") == "DataType.INT32" and python(code, "10") == "DataType.INT64"
