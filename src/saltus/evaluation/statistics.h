// Plain statistics of a sample.
#pragma once

#include <span>
#include <vector>

namespace saltus {

double mean(std::span<const double> x);                // NaN when empty
double standard_deviation(std::span<const double> x);  // population form: divided by n

// q in [0, 1], linear between the two neighbouring order statistics; NaN when empty.
double quantile(std::span<const double> x, double q);
double median(std::span<const double> x);

// 1 - Σ(observed - desired)² / Σ(desired - mean desired)²: how well `observed` meets `desired`,
// not how well a line fits. 1 is perfect, 0 as good as a constant, negative worse.
double r_squared(std::span<const double> desired, std::span<const double> observed);

double slope(std::span<const double> x, std::span<const double> y);        // least squares, y on x
double correlation(std::span<const double> x, std::span<const double> y);  // Pearson

}  // namespace saltus
