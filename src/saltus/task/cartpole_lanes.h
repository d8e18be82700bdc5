// One step of sixteen cart-poles (see lanes.h about who may include this).
#pragma once

#include "saltus/base/lane_math.h"
#include "saltus/task/cartpole_physics.h"

namespace saltus::SALTUS_ISA {

struct CartpoleLanes {
  Floats position, velocity, angle, spin;

  SALTUS_INLINE static CartpoleLanes load_from(const float* state, int64_t stride) {
    return {load(state), load(state + stride), load(state + 2 * stride), load(state + 3 * stride)};
  }
  SALTUS_INLINE void store_to(float* state, int64_t stride) const {
    store(state, position);
    store(state + stride, velocity);
    store(state + 2 * stride, angle);
    store(state + 3 * stride, spin);
  }
  SALTUS_INLINE static CartpoleLanes fresh(LaneRandom& random) {
    CartpoleLanes s;
    s.position = random.uniform(kCartpoleStartPosition);
    s.angle = random.uniform(kCartpoleStartPosition);
    s.velocity = random.uniform(kCartpoleStartVelocity);
    s.spin = random.uniform(kCartpoleStartVelocity);
    return s;
  }
  SALTUS_INLINE void observe(float* out, int64_t stride) const {
    CartpoleLanes seen;
    seen.position = clamp(position, -kCartpoleSight, kCartpoleSight);
    seen.velocity = clamp(velocity, -kCartpoleSight, kCartpoleSight);
    seen.angle = clamp(angle, -kCartpoleSight, kCartpoleSight);
    seen.spin = clamp(spin, -kCartpoleSight, kCartpoleSight);
    seen.store_to(out, stride);
  }
  SALTUS_INLINE void replace(const Ints& where, const CartpoleLanes& by) {
    position = select(where, by.position, position);
    velocity = select(where, by.velocity, velocity);
    angle = select(where, by.angle, angle);
    spin = select(where, by.spin, spin);
  }

  SALTUS_INLINE void advance(const CartpolePhysics& p, const Floats& action) {
    const float h = p.step / static_cast<float>(p.substeps);
    const float ml = p.pole_mass * p.pole_length;
    const Floats force = clamp(action, -1.0f, 1.0f) * all(p.force);
    const Floats a11 = all(p.cart_mass + p.pole_mass);
    const Floats a22 = all(p.pole_inertia + ml * p.pole_length);
    for (int32_t i = 0; i < p.substeps; ++i) {
      const Floats s = sin(angle);
      const Floats a12 = all(ml) * cos(angle);
      const Floats b1 = force + all(ml) * spin * spin * s;
      const Floats b2 = all(ml * p.gravity) * s;
      const Floats scale = all(h) / (a11 * a22 - a12 * a12);
      velocity =
          clamp(velocity + (b1 * a22 - a12 * b2) * scale, -p.cart_speed_limit, p.cart_speed_limit);
      spin = clamp(spin + (a11 * b2 - a12 * b1) * scale, -p.pole_speed_limit, p.pole_speed_limit);
      position = position + all(h) * velocity;
      angle = angle + all(h) * spin;
    }
  }

  SALTUS_INLINE Ints failed() const {
    return (absolute(position) > all(kCartpoleTrack)) | (absolute(angle) > all(kCartpoleTilt));
  }
  SALTUS_INLINE Floats reward(const Ints& has_failed) const {
    const Floats standing =
        all(1.0f) - angle * angle - all(0.01f) * absolute(velocity) - all(0.005f) * absolute(spin);
    return select(has_failed, all(kCartpoleFailureReward), standing);
  }
};

}  // namespace saltus::SALTUS_ISA
