// SPDX-License-Identifier: GPL-2.0
/*
 * An HC-SR04 wired to two lines of a gpio-sim chip; compiled into one module with it.
 *
 * When TRIG falls, ECHO goes high 450 us later, for as long as sound takes to the obstacle and back.
 * Everything may be changed at run time in /sys/module/befresh_gpio/parameters.
 */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#define ECHO_AFTER_US 450
#define NS_PER_MM 5831ULL
#define SPIN_US 80

static int trigger_line = 23;
module_param(trigger_line, int, 0644);
static int echo_line = 24;
module_param(echo_line, int, 0644);
static int distance_mm = 1000;
module_param(distance_mm, int, 0644);
MODULE_PARM_DESC(distance_mm, "0: the sensor does not answer; -1: ECHO stays high");
static int pings;
module_param(pings, int, 0444);

static struct task_struct *hcsr04_task;
static struct gpio_sim_chip *hcsr04_chip;
static atomic_t hcsr04_asked = ATOMIC_INIT(0);
static ktime_t hcsr04_asked_at;
static int hcsr04_trigger;

/* Sleeping alone wakes too late for a pulse of half a millisecond. */
static void hcsr04_wait_until(ktime_t moment)
{
	ktime_t wake = ktime_sub_us(moment, SPIN_US);

	if (ktime_before(ktime_get(), wake)) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_hrtimeout(&wake, HRTIMER_MODE_ABS);
	}
	while (ktime_before(ktime_get(), moment))
		cpu_relax();
}

static void hcsr04_answer(int mm)
{
	if (!mm)
		return;
	hcsr04_wait_until(ktime_add_us(hcsr04_asked_at, ECHO_AFTER_US));
	gpio_sim_apply_pull(hcsr04_chip, echo_line, 1);
	if (mm > 0) {
		hcsr04_wait_until(ktime_add_ns(ktime_get(), mm * NS_PER_MM));
		gpio_sim_apply_pull(hcsr04_chip, echo_line, 0);
	}
}

static int hcsr04_run(void *unused)
{
	sched_set_fifo(current);
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!atomic_read(&hcsr04_asked)) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		hcsr04_answer(distance_mm);
		atomic_set(&hcsr04_asked, 0);
	}
	return 0;
}

/* Called by gpio-sim after somebody has set a line. */
static void hcsr04_written(struct gpio_chip *gc)
{
	struct gpio_sim_chip *chip = gpiochip_get_data(gc);
	int level = trigger_line >= 0 && trigger_line < gc->ngpio && test_bit(trigger_line, chip->value_map);

	if (hcsr04_trigger && !level && !atomic_read(&hcsr04_asked)) {
		hcsr04_asked_at = ktime_get();
		hcsr04_chip = chip;
		pings++;
		atomic_set(&hcsr04_asked, 1);
		wake_up_process(hcsr04_task);
	}
	hcsr04_trigger = level;
}

static int __init hcsr04_init(void)
{
	hcsr04_task = kthread_run(hcsr04_run, NULL, "hcsr04");
	return PTR_ERR_OR_ZERO(hcsr04_task);
}
