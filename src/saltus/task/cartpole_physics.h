// The cart-pole of G.pt's reinforcement-learning experiment: a pole hinged on a cart, a force on
// the cart, balance it for 500 steps. Constants in SI units; the angle is 0 when the pole stands.
//
// With M, m the masses, l the distance from hinge to the pole's centre of mass, I its inertia about
// that centre:   (M + m) x'' + m l cos θ θ'' = F + m l sin θ θ'^2
//                m l cos θ x'' + (I + m l²) θ'' = m g l sin θ
// solved for the accelerations and integrated by semi-implicit Euler (velocities first).
//
// The reference used a GPU simulator; masses, limits, rewards and resets are its own. Its time step
// is 0.0166 s; here it is 1/60 s. Its inertia is that of a 0.04 x 0.06 x 1 m box of 1 kg.
#pragma once

#include <cstdint>

namespace saltus {

struct CartpolePhysics {
  float force = 400;             // newtons at |action| = 1; actions are clamped to ±1
  float step = 1.0f / 60.0f;     // seconds between actions
  int32_t substeps = 2;          // integration steps an action
  float gravity = 9.81f;         // m/s²
  float cart_mass = 1;           // kg
  float pole_mass = 1;           // kg
  float pole_length = 0.47f;     // m, hinge to centre of mass
  float pole_inertia = 0.0836f;  // kg m², about the centre of mass
  float cart_speed_limit = 100;  // m/s
  float pole_speed_limit = 8;    // rad/s
};

inline constexpr int kCartpoleInputs =
    4;  // cart position, cart velocity, pole angle, pole velocity
inline constexpr int kCartpoleSteps = 500;              // an episode's time limit
inline constexpr float kCartpoleTrack = 3;              // fails when |position| is above
inline constexpr float kCartpoleTilt = 1.57079633f;     // fails when |angle| is above
inline constexpr float kCartpoleSight = 5;              // observations are clamped to ±5
inline constexpr float kCartpoleStartPosition = 0.1f;   // start position and angle: uniform in ±
inline constexpr float kCartpoleStartVelocity = 0.25f;  // start velocities: uniform in ±
inline constexpr float kCartpoleFailureReward = -2;     // else 1 - θ² - 0.01 |x'| - 0.005 |θ'|

// The policy's standard deviation is exp(2 log_std), as in the reference.
inline constexpr float kCartpoleLogStdFactor = 2;

}  // namespace saltus
