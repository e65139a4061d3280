"""Does a model, or a probe, keep its contract? Public: call these from the tests of your own plugin.

```python
from wsim.testing import assert_ok, check_model, check_probe

def test_my_probe():
    assert_ok(check_probe(MyProbe()))
```
"""

from wsim.testing.findings import Finding, assert_ok
from wsim.testing.models import check_model
from wsim.testing.probes import check_probe

__all__ = ["Finding", "assert_ok", "check_model", "check_probe"]
