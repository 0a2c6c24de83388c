"""For authors of plugins: the checks every plugin has to pass, to call from its own tests.

from evalkit.testing import check_plugin

def test_plugin_conforms():
    assert check_plugin("iio") == []
"""

from evalkit.testing.conformance import assert_conforms, check_plugin
from evalkit.testing.sample import sample_design

__all__ = ["assert_conforms", "check_plugin", "sample_design"]
