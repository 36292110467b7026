// SPDX-License-Identifier: GPL-2.0
/* The kernel's own simulated pins with a distance sensor behind them, as one module. */
#include "irq_sim.c"
#undef pr_fmt
struct gpio_chip;
static void hcsr04_written(struct gpio_chip *gc);
static int hcsr04_init(void);
#include "gpio-sim.c"
#include "hcsr04.c"
