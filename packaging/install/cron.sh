# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# cron itself.

cron_ensure() {
	if [ -n "$(process_ids cron crond)" ]; then return 0; fi
	service_start cron cronie crond ||
		note 'cron is not running, and no init system is here to start it; without it nothing is pulled or pushed'
}
