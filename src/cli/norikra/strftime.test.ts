import { afterEach, expect, test, vi } from "vitest";
import { strftime } from "./strftime.ts";

afterEach(() => void vi.unstubAllEnvs());

// What Ruby 3.1 gives.
test.each([
  ["%Y/%m/%d %H:%M:%S", "2013/11/01 09:11:49"],
  ["%Y %C %y %m %B %b %h %d %e %j", "2013 20 13 11 November Nov Nov 01  1 305"],
  ["%H %k %I %l %P %p %M %S %L %N", "09  9 09  9 am AM 11 49 000 000000000"],
  ["%z %:z %::z %Z %A %a %u %w %s %%", "+0000 +00:00 +00:00:00 UTC Friday Fri 5 5 1383297109 %"],
  ["%c|%D|%F|%T|%R|%r|%v|%x|%X", "Fri Nov  1 09:11:49 2013|11/01/13|2013-11-01|09:11:49|09:11|09:11:49 AM| 1-NOV-2013|11/01/13|09:11:49"],
  ["%G %g %V %U %W", "2013 13 44 43 43"],
  ["%-d %^a %#p %05d %_m %10A %-H %010s", "1 FRI am 00001 11     Friday 9 1383297109"],
  ["%#B %010Y %-e|%0e", "NOVEMBER 0000002013 1|01"],
  ["%Q %E %+ %n%t", "%Q %E %+ \n\t"],
])("%j", (format, text) => {
  vi.stubEnv("TZ", "UTC");
  expect(strftime(format, 1_383_297_109)).toBe(text);
});

test("the time is that of the time zone of this machine", () => {
  vi.stubEnv("TZ", "Asia/Tokyo");
  expect(strftime("%F %T %z %G-%V %U %W %j %-I%P", 1_388_502_000)).toBe("2014-01-01 00:00:00 +0900 2014-01 00 00 001 12am");
  vi.stubEnv("TZ", "America/St_Johns");
  expect(strftime("%z %:z", 1_388_502_000)).toBe("-0330 -03:30");
});
