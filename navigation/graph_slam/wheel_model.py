"""What the wheels mean, learned while driving: a linear map from reckoned to true increments.

    true = (I + E) reckoned,   E (3 x 3) on (x, y, yaw), the column of sideways motion left out

One wheel wider than the other bends every straight way (yaw per metre), a laser off the turning
centre shifts with every turn (metres per radian); scales alone know neither. Recursive least
squares on the innovation of each match, weighted by its inverse covariance, with forgetting: the
parameters of an augmented Kalman filter (Roy and Thrun, "Online self-calibration for mobile
robots", 1999). What a match does not see, such as the way along a bare corridor, teaches nothing.
Cost: 40 us.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import SE2, FloatArray, wrap_angle

# of E: x per x, x per yaw [m], y per x, y per yaw [m], yaw per x [1/m], yaw per yaw
_PRIOR_SIGMAS = np.array([0.05, 0.05, 0.02, 0.05, 0.05, 0.05])
_LIMIT_SIGMAS = 3.0
_KEEP = 0.998  # of what was learned, per scan
_ERRORS_LAST = 4.0  # scans whose matches err together: variance times that


class WheelModel:
    """Corrects increments of dead reckoning; see `learn`."""

    def __init__(self) -> None:
        self._prior = np.diag(1.0 / _PRIOR_SIGMAS**2)
        self._information = np.zeros((6, 6))
        self._vector = np.zeros(6)
        self._errors = np.zeros(6)

    @property
    def errors(self) -> FloatArray:
        """E by rows without the column of y, shape (6,)."""
        return self._errors.copy()

    def apply(self, reckoned: SE2) -> SE2:
        """A short increment, put right."""
        added = _columns(reckoned) @ self._errors
        return SE2(
            reckoned.x_m + float(added[0]),
            reckoned.y_m + float(added[1]),
            reckoned.yaw_rad + float(added[2]),
        )

    def learn(
        self, reckoned: SE2, prior: SE2, prior_covariance: FloatArray, match: FloatArray, fused: SE2
    ) -> None:
        """Learn from a match.

        Args:
            reckoned: The increment as the wheels had it.
            prior: Pose predicted from the corrected increment, with its covariance (3, 3).
            match: Information of the scan alone, shape (3, 3), in the frame of the poses.
            fused: The pose after the match.
        """
        turn = np.eye(3)
        turn[:2, :2] = SE2(0.0, 0.0, prior.yaw_rad - reckoned.yaw_rad).rotation()
        jacobian = turn @ _columns(reckoned)
        # inverse covariance of the innovation, (M^-1 + P)^-1, and that times the innovation
        weight = match - match @ np.linalg.solve(match + np.linalg.inv(prior_covariance), match)
        moved = fused.as_array() - prior.as_array()
        moved[2] = wrap_angle(float(moved[2]))
        pull = np.linalg.solve(prior_covariance, moved)
        pull = pull + weight @ jacobian @ self._errors
        self._information = (
            _KEEP * self._information + jacobian.T @ weight @ jacobian / _ERRORS_LAST
        )
        self._vector = _KEEP * self._vector + jacobian.T @ pull / _ERRORS_LAST
        found = np.linalg.solve(self._prior + self._information, self._vector)
        limit = _LIMIT_SIGMAS * _PRIOR_SIGMAS
        self._errors = np.clip(found, -limit, limit)


def _columns(reckoned: SE2) -> FloatArray:
    """What each parameter adds to an increment, shape (3, 6)."""
    way_m, turn_rad = reckoned.x_m, wrap_angle(reckoned.yaw_rad)
    return np.kron(np.eye(3), np.array([way_m, turn_rad]))
