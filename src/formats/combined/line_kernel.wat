;; Reads usual lines of the combined and the common log format: see line_index.ts, which reads the others. `npm run wasm` assembles this file
;; into line_kernel_wasm.ts.
;;
;; Memory:
;;        0  the last good time as it is written, 26 bytes; NUL where there is none
;;       32  that time, and the midnight before it (f64, epoch ms)
;;       48  the row and the mark that `read` came to (i32)
;;       64  what is known of 2,048 rows, an array for each part: times, codes, sizes (f64)
;;    49216  begin and end of the host, the user, the request, the referer and the agent (i32)
;;   131136  the stretch: 16 KiB, and 64 bytes that may be read and mean nothing
;;   147584  the marks (i32): as many as the stretch has bytes, and 16 bytes that may be written and mean nothing
(module
  (memory (export "memory") 4)

  ;; Writes the places of the first $length bytes of the stretch at which a quote or a newline stands, plus $base. Returns how many they are.
  ;; 64 bytes at a time, of which few have more than four: so many are written whether they are there or not, as a branch for each would be
  ;; guessed wrong.
  (func (export "mark") (param $length i32) (param $base i32) (result i32)
    (local $at i32)
    (local $to i32)
    (local $count i32)
    (local $more i32)
    (local $quotes v128)
    (local $newlines v128)
    (local $block v128)
    (local $bits i64)
    (local.set $to (i32.const 147584))
    (local.set $quotes (i8x16.splat (i32.const 0x22)))
    (local.set $newlines (i8x16.splat (i32.const 0x0a)))
    (block $end
      (loop $blocks
        (br_if $end (i32.ge_u (local.get $at) (local.get $length)))

        ;; A bit for each of 64 bytes.
        (local.set $block (v128.load offset=131136 (local.get $at)))
        (local.set $bits
          (i64.extend_i32_u
            (i8x16.bitmask
              (v128.or
                (i8x16.eq (local.get $block) (local.get $quotes))
                (i8x16.eq (local.get $block) (local.get $newlines))))))
        (local.set $block (v128.load offset=131152 (local.get $at)))
        (local.set $bits
          (i64.or
            (local.get $bits)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (v128.or
                    (i8x16.eq (local.get $block) (local.get $quotes))
                    (i8x16.eq (local.get $block) (local.get $newlines)))))
              (i64.const 16))))
        (local.set $block (v128.load offset=131168 (local.get $at)))
        (local.set $bits
          (i64.or
            (local.get $bits)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (v128.or
                    (i8x16.eq (local.get $block) (local.get $quotes))
                    (i8x16.eq (local.get $block) (local.get $newlines)))))
              (i64.const 32))))
        (local.set $block (v128.load offset=131184 (local.get $at)))
        (local.set $bits
          (i64.or
            (local.get $bits)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (v128.or
                    (i8x16.eq (local.get $block) (local.get $quotes))
                    (i8x16.eq (local.get $block) (local.get $newlines)))))
              (i64.const 48))))

        ;; Of the last block only what belongs to the stretch.
        (if (i32.gt_u (i32.add (local.get $at) (i32.const 64)) (local.get $length))
          (then
            (local.set $bits
              (i64.and
                (local.get $bits)
                (i64.sub
                  (i64.shl (i64.const 1) (i64.extend_i32_u (i32.sub (local.get $length) (local.get $at))))
                  (i64.const 1))))))

        ;; The place of the lowest bit, which is then taken away; of no bit some place that means nothing.
        (local.set $count (i32.wrap_i64 (i64.popcnt (local.get $bits))))
        (i32.store (local.get $to) (i32.add (local.get $base) (i32.wrap_i64 (i64.ctz (local.get $bits)))))
        (local.set $bits (i64.and (local.get $bits) (i64.sub (local.get $bits) (i64.const 1))))
        (i32.store offset=4 (local.get $to) (i32.add (local.get $base) (i32.wrap_i64 (i64.ctz (local.get $bits)))))
        (local.set $bits (i64.and (local.get $bits) (i64.sub (local.get $bits) (i64.const 1))))
        (i32.store offset=8 (local.get $to) (i32.add (local.get $base) (i32.wrap_i64 (i64.ctz (local.get $bits)))))
        (local.set $bits (i64.and (local.get $bits) (i64.sub (local.get $bits) (i64.const 1))))
        (i32.store offset=12 (local.get $to) (i32.add (local.get $base) (i32.wrap_i64 (i64.ctz (local.get $bits)))))
        (if (i32.gt_u (local.get $count) (i32.const 4))
          (then
            (local.set $bits (i64.and (local.get $bits) (i64.sub (local.get $bits) (i64.const 1))))
            (local.set $more (i32.add (local.get $to) (i32.const 16)))
            (loop $marks
              (i32.store (local.get $more) (i32.add (local.get $base) (i32.wrap_i64 (i64.ctz (local.get $bits)))))
              (local.set $bits (i64.and (local.get $bits) (i64.sub (local.get $bits) (i64.const 1))))
              (local.set $more (i32.add (local.get $more) (i32.const 4)))
              (br_if $marks (i32.eqz (i64.eqz (local.get $bits)))))))
        (local.set $to (i32.add (local.get $to) (i32.shl (local.get $count) (i32.const 2))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (local.set $base (i32.add (local.get $base) (i32.const 64)))
        (br $blocks)))
    (i32.shr_u (i32.sub (local.get $to) (i32.const 147584)) (i32.const 2)))

  ;; The number that two digits make; above 99 where they are none.
  (func $two (param $at i32) (result i32)
    (local $tens i32)
    (local $ones i32)
    (local.set $tens (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)))
    (local.set $ones (i32.sub (i32.load8_u offset=1 (local.get $at)) (i32.const 0x30)))
    (select
      (i32.const 100)
      (i32.add (i32.mul (local.get $tens) (i32.const 10)) (local.get $ones))
      (i32.or (i32.gt_u (local.get $tens) (i32.const 9)) (i32.gt_u (local.get $ones) (i32.const 9)))))

  ;; Reads the lines from $start on, whose first mark is $mark of $marks, the last of which is the newline of the last line, into the rows from
  ;; $row on, up to $rows. Returns where the line begins at which it stopped, and leaves its row and its mark at 48. Places are those of the
  ;; marks; $shift more, and they are addresses. A mark is looked at after the one before it was found to be a quote: so there is one.
  (func (export "read")
    (param $start i32) (param $mark i32) (param $marks i32) (param $row i32) (param $rows i32) (param $shift i32) (result i32)
    (local $place i32)
    (local $line i32)
    (local $host_end i32)
    (local $at i32)
    (local $quote i32)
    (local $time i32)
    (local $word i32)
    (local $length i32)
    (local $hour i32)
    (local $minute i32)
    (local $second i32)
    (local $request_end i32)
    (local $code i32)
    (local $referer i32)
    (local $referer_end i32)
    (local $agent_end i32)
    (local $newline i32)
    (local $digits i64)
    (local $size f64)
    (local $spaces v128)
    (local $to i32)
    (local.set $spaces (i8x16.splat (i32.const 0x20)))
    (block $stop
      (loop $lines
        (br_if $stop (i32.ge_s (local.get $row) (local.get $rows)))
        (br_if $stop (i32.ge_s (local.get $mark) (local.get $marks)))
        (local.set $place (i32.shl (local.get $mark) (i32.const 2)))
        (local.set $quote (i32.add (i32.load offset=147584 (local.get $place)) (local.get $shift)))
        (local.set $line (i32.add (local.get $start) (local.get $shift)))

        ;; The host ends at the first space.
        (local.set $host_end (local.get $line))
        (block $space
          (loop $more
            (br_if $space
              (local.tee $word (i8x16.bitmask (i8x16.eq (v128.load (local.get $host_end)) (local.get $spaces)))))
            (local.set $host_end (i32.add (local.get $host_end) (i32.const 16)))
            (br_if $more (i32.lt_u (local.get $host_end) (local.get $quote)))
            (br $stop)))
        (local.set $host_end (i32.add (local.get $host_end) (i32.ctz (local.get $word))))
        (br_if $stop (i32.eq (local.get $host_end) (local.get $line)))

        ;; ` - user [time] "`: the time stands before the first quote, the user between it and the ident. Behind `- - [` there is no user.
        (local.set $time (i32.sub (local.get $quote) (i32.const 28)))
        (br_if $stop (i32.lt_s (i32.sub (local.get $time) (local.get $host_end)) (i32.const 6)))
        (br_if $stop (i32.ne (i32.and (i32.load (local.get $host_end)) (i32.const 0xffffff)) (i32.const 0x202d20)))
        (br_if $stop (i32.ne (i32.load16_u (i32.sub (local.get $time) (i32.const 2))) (i32.const 0x5b20)))
        (br_if $stop (i32.ne (i32.and (i32.load offset=26 (local.get $time)) (i32.const 0xffffff)) (i32.const 0x22205d)))
        (br_if $stop
          (i32.and
            (i32.ne (i32.sub (local.get $time) (local.get $host_end)) (i32.const 6))
            (i32.eq (i32.load offset=2 (local.get $host_end)) (i32.const 0x5b202d20))))

        ;; Most lines are of the same second as the one before, and nearly all of the same day and zone.
        (if
          (v128.any_true
            (v128.or
              (v128.xor (v128.load (local.get $time)) (v128.load (i32.const 0)))
              (v128.xor (v128.load offset=10 (local.get $time)) (v128.load (i32.const 10)))))
          (then
            (br_if $stop (i64.ne (i64.load (local.get $time)) (i64.load (i32.const 0))))
            (br_if $stop (i32.ne (i32.load offset=8 (local.get $time)) (i32.load (i32.const 8))))
            (br_if $stop
              (i32.eqz
                (i64.eqz
                  (i64.shr_u (i64.xor (i64.load offset=18 (local.get $time)) (i64.load (i32.const 18))) (i64.const 16)))))
            (br_if $stop (i32.ne (i32.load8_u offset=14 (local.get $time)) (i32.const 0x3a)))
            (br_if $stop (i32.ne (i32.load8_u offset=17 (local.get $time)) (i32.const 0x3a)))
            (local.set $hour (call $two (i32.add (local.get $time) (i32.const 12))))
            (local.set $minute (call $two (i32.add (local.get $time) (i32.const 15))))
            (local.set $second (call $two (i32.add (local.get $time) (i32.const 18))))
            (br_if $stop
              (i32.or
                (i32.or (i32.gt_u (local.get $hour) (i32.const 23)) (i32.gt_u (local.get $minute) (i32.const 59)))
                (i32.gt_u (local.get $second) (i32.const 59))))
            (f64.store
              (i32.const 32)
              (f64.add
                (f64.load (i32.const 40))
                (f64.convert_i32_u
                  (i32.mul
                    (i32.add
                      (i32.mul (i32.add (i32.mul (local.get $hour) (i32.const 60)) (local.get $minute)) (i32.const 60))
                      (local.get $second))
                    (i32.const 1000)))))
            (v128.store (i32.const 0) (v128.load (local.get $time)))
            (v128.store (i32.const 10) (v128.load offset=10 (local.get $time)))))

        ;; The quote at the end of the request, and `" 200 `.
        (local.set $request_end (i32.add (i32.load offset=147588 (local.get $place)) (local.get $shift)))
        (br_if $stop (i32.ne (i32.load16_u (local.get $request_end)) (i32.const 0x2022)))
        (br_if $stop (i32.eq (i32.load8_u (i32.sub (local.get $request_end) (i32.const 1))) (i32.const 0x5c)))
        (local.set $word (i32.xor (i32.load offset=2 (local.get $request_end)) (i32.const 0x20303030)))
        (br_if $stop
          (i32.and
            (i32.or (i32.add (local.get $word) (i32.const 0x767676)) (local.get $word))
            (i32.const 0xff808080)))
        (local.set $code
          (i32.add
            (i32.add
              (i32.mul (i32.and (local.get $word) (i32.const 0xff)) (i32.const 100))
              (i32.mul (i32.and (i32.shr_u (local.get $word) (i32.const 8)) (i32.const 0xff)) (i32.const 10)))
            (i32.shr_u (local.get $word) (i32.const 16))))

        ;; The size ends before the next quote, or at the end of a line of the common log format.
        (local.set $referer (i32.add (i32.load offset=147592 (local.get $place)) (local.get $shift)))
        (if (i32.eq (i32.load8_u (local.get $referer)) (i32.const 0x0a))
          (then
            (local.set $newline (local.get $referer))
            (local.set $at
              (i32.sub
                (local.get $referer)
                (i32.eq (i32.load8_u (i32.sub (local.get $referer) (i32.const 1))) (i32.const 0x0d)))))
          (else
            (local.set $newline (i32.const 0))
            (local.set $at (i32.sub (local.get $referer) (i32.const 1)))
            (br_if $stop (i32.ne (i32.load16_u (local.get $at)) (i32.const 0x2220)))))

        ;; Up to eight digits: all eight at once, with noughts in place of what stands before them.
        (local.set $length (i32.sub (local.get $at) (i32.add (local.get $request_end) (i32.const 6))))
        (br_if $stop (i32.gt_u (i32.sub (local.get $length) (i32.const 1)) (i32.const 7)))
        (local.set $digits (i64.extend_i32_u (i32.shl (i32.sub (i32.const 8) (local.get $length)) (i32.const 3))))
        (local.set $digits
          (i64.shl
            (i64.shr_u
              (i64.xor (i64.load (i32.sub (local.get $at) (i32.const 8))) (i64.const 0x3030303030303030))
              (local.get $digits))
            (local.get $digits)))
        (if
          (i64.eqz
            (i64.and
              (i64.or (i64.add (local.get $digits) (i64.const 0x7676767676767676)) (local.get $digits))
              (i64.const 0x8080808080808080)))
          (then
            (local.set $digits (i64.shr_u (i64.mul (local.get $digits) (i64.const 2561)) (i64.const 8)))
            (local.set $digits
              (i64.shr_u
                (i64.mul (i64.and (local.get $digits) (i64.const 0x00ff00ff00ff00ff)) (i64.const 6553601))
                (i64.const 16)))
            (local.set $digits
              (i64.shr_u
                (i64.mul (i64.and (local.get $digits) (i64.const 0x0000ffff0000ffff)) (i64.const 42949672960001))
                (i64.const 32)))
            (local.set $size (f64.convert_i64_u (local.get $digits))))
          (else
            (br_if $stop (i32.ne (local.get $length) (i32.const 1)))
            (br_if $stop (i32.ne (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (i32.const 0x2d)))
            (local.set $size (f64.const nan))))

        ;; `" "` between referer and agent, and a quote before the end of the line.
        (if (i32.eqz (local.get $newline))
          (then
            (local.set $referer_end (i32.add (i32.load offset=147596 (local.get $place)) (local.get $shift)))
            (br_if $stop (i32.ne (i32.and (i32.load (local.get $referer_end)) (i32.const 0xffffff)) (i32.const 0x222022)))
            (br_if $stop (i32.eq (i32.load8_u (i32.sub (local.get $referer_end) (i32.const 1))) (i32.const 0x5c)))
            (local.set $agent_end (i32.add (i32.load offset=147604 (local.get $place)) (local.get $shift)))
            (br_if $stop (i32.eq (i32.load8_u (i32.sub (local.get $agent_end) (i32.const 1))) (i32.const 0x5c)))
            (local.set $word (i32.load (local.get $agent_end)))
            (local.set $newline (i32.add (local.get $agent_end) (i32.const 1)))
            (if (i32.ne (i32.and (local.get $word) (i32.const 0xffff)) (i32.const 0x0a22))
              (then
                (br_if $stop (i32.ne (i32.and (local.get $word) (i32.const 0xffffff)) (i32.const 0x0a0d22)))
                (local.set $newline (i32.add (local.get $agent_end) (i32.const 2)))))
            (local.set $mark (i32.add (local.get $mark) (i32.const 7)))
            (local.set $to (i32.shl (local.get $row) (i32.const 2)))
            (i32.store offset=98368 (local.get $to) (i32.sub (i32.add (local.get $referer) (i32.const 1)) (local.get $shift)))
            (i32.store offset=106560 (local.get $to) (i32.sub (local.get $referer_end) (local.get $shift)))
            (i32.store offset=114752 (local.get $to) (i32.sub (i32.add (local.get $referer_end) (i32.const 3)) (local.get $shift)))
            (i32.store offset=122944 (local.get $to) (i32.sub (local.get $agent_end) (local.get $shift))))
          (else
            (local.set $mark (i32.add (local.get $mark) (i32.const 3)))
            (local.set $to (i32.shl (local.get $row) (i32.const 2)))
            (i32.store offset=106560 (local.get $to) (i32.const 0))
            (i32.store offset=122944 (local.get $to) (i32.const 0))))

        (i32.store offset=49216 (local.get $to) (local.get $start))
        (i32.store offset=57408 (local.get $to) (i32.sub (local.get $host_end) (local.get $shift)))
        (i32.store offset=65600 (local.get $to) (i32.sub (i32.add (local.get $host_end) (i32.const 3)) (local.get $shift)))
        (i32.store offset=73792 (local.get $to) (i32.sub (i32.sub (local.get $time) (i32.const 2)) (local.get $shift)))
        (i32.store offset=81984 (local.get $to) (i32.sub (i32.add (local.get $quote) (i32.const 1)) (local.get $shift)))
        (i32.store offset=90176 (local.get $to) (i32.sub (local.get $request_end) (local.get $shift)))
        (local.set $to (i32.shl (local.get $to) (i32.const 1)))
        (f64.store offset=64 (local.get $to) (f64.load (i32.const 32)))
        (f64.store offset=16448 (local.get $to)
          (select (f64.convert_i32_u (local.get $code)) (f64.const nan) (local.get $code)))
        (f64.store offset=32832 (local.get $to) (local.get $size))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (local.set $start (i32.sub (i32.add (local.get $newline) (i32.const 1)) (local.get $shift)))
        (br $lines)))
    (i32.store (i32.const 48) (local.get $row))
    (i32.store (i32.const 52) (local.get $mark))
    (local.get $start)))
