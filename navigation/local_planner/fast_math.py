"""Exponentials in single precision that the compiler can unroll into vector instructions.

The library's exponential is called once per number; these are a polynomial without branches, after
Cephes' `expf` (Moshier, 1989): relative error under 2e-7 from -87 to 88, clamped beyond, and not a
number stays one. Cost: about 0.5 ns a number. Kernels in other files contain a copy of these: after
a change here delete their cached code.
"""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled

_LOW, _HIGH = np.float32(-87.0), np.float32(88.0)
_LOG2_E = np.float32(1.44269504088896341)
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_C0, _C1, _C2 = (
    np.float32(1.9875691500e-4),
    np.float32(1.3981999507e-3),
    np.float32(8.3334519073e-3),
)
_C3, _C4, _C5 = (
    np.float32(4.1665795894e-2),
    np.float32(1.6666665459e-1),
    np.float32(5.0000001201e-1),
)
_ONE, _TWO = np.float32(1.0), np.float32(2.0)
_BIAS, _MANTISSA_BITS = np.int32(127), np.int32(23)
_PER_QUARTER = np.float32(0.63661977236758134)
_QUARTER_HIGH, _QUARTER_MIDDLE = np.float32(1.5703125), np.float32(4.837512969970703125e-4)
_QUARTER_LOW = np.float32(7.5497899548918821e-8)
_S0, _S1, _S2 = (
    np.float32(-1.9515295891e-4),
    np.float32(8.3321608736e-3),
    np.float32(-1.6666654611e-1),
)
_K0, _K1, _K2 = (
    np.float32(2.443315711809948e-5),
    np.float32(-1.388731625493765e-3),
    np.float32(4.166664568298827e-2),
)
_HALF = np.float32(0.5)
_STEEPNESS, _FAR = np.float32(1.702), np.float32(12.0)


@compiled
def exp32(x: np.float32) -> np.float32:
    """Exponential of x, as two to a whole power times a polynomial of the rest."""
    x = _LOW if x < _LOW else x
    x = _HIGH if x > _HIGH else x
    n = np.floor(x * _LOG2_E + np.float32(0.5))
    r = x - n * _LN2_HIGH - n * _LN2_LOW
    p = ((((_C0 * r + _C1) * r + _C2) * r + _C3) * r + _C4) * r + _C5
    power = np.int32((np.int32(n) + _BIAS) << _MANTISSA_BITS).view(np.float32)
    return np.float32((p * r * r + r + _ONE) * power)


@compiled
def falling32(z: np.float32) -> np.float32:
    """A smooth step from 1 to 0 around z = 0, close to the normal distribution's upper tail."""
    z = -_FAR if z < -_FAR else z
    z = _FAR if z > _FAR else z
    return _ONE / (_ONE + exp32(_STEEPNESS * z))


@compiled
def tanh32(x: np.float32) -> np.float32:
    """Hyperbolic tangent, absolute error under 3e-7."""
    return _ONE - _TWO / (_ONE + exp32(_TWO * x))


@compiled
def sin_cos32(x: np.float32) -> tuple[np.float32, np.float32]:
    """Sine and cosine to 2e-7 for angles up to a thousand turns; after Cephes' `sinf`."""
    n = np.rint(x * _PER_QUARTER)
    r = x - n * _QUARTER_HIGH - n * _QUARTER_MIDDLE - n * _QUARTER_LOW
    q = r * r
    sin = r + r * q * ((_S0 * q + _S1) * q + _S2)
    cos = _ONE - _HALF * q + q * q * ((_K0 * q + _K1) * q + _K2)
    quarter = np.int32(n)
    is_odd = (quarter & 1) != 0
    s, c = (cos, -sin) if is_odd else (sin, cos)
    is_past_half = (quarter & 2) != 0
    return (-s, -c) if is_past_half else (s, c)
