;; Copies entries of the forward protocol without the keys that nobody asks for, as long as they are all of one shape: an EventTime, and a map of
;; the keys that are known, in their order. `npm run wasm` assembles this file into entry_kernel_wasm.ts.
;;
;; Memory:
;;        0  a byte for each head of a value: how many bytes it has if the head says all of that, 0 otherwise
;;      256  40 bytes for each key: mask, first 8 bytes, mask, next 8 bytes (i64); its length, whether it is kept (i32)
;;     2816  where the copies end (i32), when `narrow` returns
;;     4096  the entries: 16 KiB, and 16 bytes that may be read and mean nothing
;;    24576  the copies: time (f64, ms; NaN for 0) and map; as many bytes, and 8 that may be written and mean nothing
(module
  (memory (export "memory") 1)

  (func $swapped (param $x i32) (result i32)
    (i32.or
      (i32.and (i32.rotl (local.get $x) (i32.const 8)) (i32.const 0x00ff00ff))
      (i32.and (i32.rotr (local.get $x) (i32.const 8)) (i32.const 0xff00ff00))))

  ;; $length bytes of entries, of which each is to have $count keys, 15 at most. Returns how many bytes of whole entries were copied: up to the
  ;; first that is otherwise, or cut off.
  (func (export "narrow") (param $length i32) (param $count i32) (result i32)
    (local $start i32)
    (local $end i32)
    (local $at i32)
    (local $value i32)
    (local $after i32)
    (local $to i32)
    (local $head i32)
    (local $width i32)
    (local $key i32)
    (local $keys_end i32)
    (local $from i32)
    (local $kept i32)
    (local $copy i32)
    (local $ms f64)
    (local.set $start (i32.const 4096))
    (local.set $end (i32.add (local.get $start) (local.get $length)))
    (local.set $to (i32.const 24576))
    (local.set $keys_end (i32.add (i32.const 256) (i32.mul (local.get $count) (i32.const 40))))
    (block $stop
      (loop $entries
        (i32.store (i32.const 2816) (local.get $to))

        ;; [ d7 00 seconds nanoseconds, a map of $count
        (br_if $stop (i32.gt_u (i32.add (local.get $start) (i32.const 12)) (local.get $end)))
        (br_if $stop (i32.ne (i32.and (i32.load (local.get $start)) (i32.const 0xffffff)) (i32.const 0x00d792)))
        (br_if $stop (i32.ne (i32.load8_u offset=11 (local.get $start)) (i32.or (i32.const 0x80) (local.get $count))))
        (local.set $ms
          (f64.add
            (f64.mul (f64.convert_i32_u (call $swapped (i32.load offset=3 (local.get $start)))) (f64.const 1000))
            (f64.convert_i32_u (i32.div_u (call $swapped (i32.load offset=7 (local.get $start))) (i32.const 1000000)))))
        (f64.store
          (local.get $to)
          (select (local.get $ms) (f64.const nan) (f64.ne (local.get $ms) (f64.const 0))))
        (local.set $head (i32.add (local.get $to) (i32.const 8)))
        (local.set $copy (i32.add (local.get $to) (i32.const 9)))
        (local.set $at (i32.add (local.get $start) (i32.const 12)))
        (local.set $kept (i32.const 0))
        (local.set $key (i32.const 256))
        (block $map_end
          (loop $pairs
            (br_if $map_end (i32.eq (local.get $key) (local.get $keys_end)))
            (br_if $stop
              (i64.ne
                (i64.and (i64.load (local.get $at)) (i64.load (local.get $key)))
                (i64.load offset=8 (local.get $key))))
            (br_if $stop
              (i64.ne
                (i64.and (i64.load offset=8 (local.get $at)) (i64.load offset=16 (local.get $key)))
                (i64.load offset=24 (local.get $key))))
            (local.set $value (i32.add (local.get $at) (i32.load offset=32 (local.get $key))))
            ;; No value may begin at the end, nor be read from beyond it.
            (br_if $stop (i32.ge_u (local.get $value) (local.get $end)))
            (local.set $width (i32.load8_u (i32.load8_u (local.get $value))))
            (if (i32.eqz (local.get $width))
              (then
                ;; A text of up to 255 bytes; whatever else is rare enough.
                (br_if $stop (i32.ne (i32.load8_u (local.get $value)) (i32.const 0xd9)))
                (local.set $width (i32.add (i32.const 2) (i32.load8_u offset=1 (local.get $value))))))
            (local.set $after (i32.add (local.get $value) (local.get $width)))
            (br_if $stop (i32.gt_u (local.get $after) (local.get $end)))
            (if (i32.load offset=36 (local.get $key))
              (then
                (local.set $kept (i32.add (local.get $kept) (i32.const 1)))
                (local.set $from (local.get $at))
                (local.set $to (local.get $copy))
                (loop $more
                  (i64.store (local.get $to) (i64.load (local.get $from)))
                  (local.set $to (i32.add (local.get $to) (i32.const 8)))
                  (local.set $from (i32.add (local.get $from) (i32.const 8)))
                  (br_if $more (i32.lt_u (local.get $from) (local.get $after))))
                (local.set $copy (i32.add (local.get $copy) (i32.sub (local.get $after) (local.get $at))))))
            (local.set $at (local.get $after))
            (local.set $key (i32.add (local.get $key) (i32.const 40)))
            (br $pairs)))
        (i32.store8 (local.get $head) (i32.or (i32.const 0x80) (local.get $kept)))
        (local.set $to (local.get $copy))
        (local.set $start (local.get $at))
        (br $entries)))
    (i32.sub (local.get $start) (i32.const 4096))))
