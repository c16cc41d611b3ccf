;; Where two bytes stand in a stretch of bytes, 64 of them at a time. `npm run wasm` assembles this file into byte_marks_wasm.ts.
;;
;; The stretch begins at 0 of the memory and may be read up to 63 bytes beyond its end; what stands there is masked out.
(module
  (memory (export "memory") 1)

  ;; Writes the places in [0, $length) at which $one or $other stands, plus $base, as i32 from $to on. Returns how many they are.
  (func (export "mark")
    (param $length i32) (param $one i32) (param $other i32) (param $base i32) (param $to i32) (result i32)
    (local $from i32)
    (local $at i32)
    (local $ones v128)
    (local $others v128)
    (local $block v128)
    (local $bits i64)
    (local.set $from (local.get $to))
    (local.set $ones (i8x16.splat (local.get $one)))
    (local.set $others (i8x16.splat (local.get $other)))
    (block $end
      (loop $blocks
        (br_if $end (i32.ge_u (local.get $at) (local.get $length)))

        ;; A bit for each of 64 bytes.
        (local.set $block (v128.load (local.get $at)))
        (local.set $bits
          (i64.extend_i32_u
            (i8x16.bitmask
              (v128.or
                (i8x16.eq (local.get $block) (local.get $ones))
                (i8x16.eq (local.get $block) (local.get $others))))))
        (local.set $block (v128.load offset=16 (local.get $at)))
        (local.set $bits
          (i64.or
            (local.get $bits)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (v128.or
                    (i8x16.eq (local.get $block) (local.get $ones))
                    (i8x16.eq (local.get $block) (local.get $others)))))
              (i64.const 16))))
        (local.set $block (v128.load offset=32 (local.get $at)))
        (local.set $bits
          (i64.or
            (local.get $bits)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (v128.or
                    (i8x16.eq (local.get $block) (local.get $ones))
                    (i8x16.eq (local.get $block) (local.get $others)))))
              (i64.const 32))))
        (local.set $block (v128.load offset=48 (local.get $at)))
        (local.set $bits
          (i64.or
            (local.get $bits)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (v128.or
                    (i8x16.eq (local.get $block) (local.get $ones))
                    (i8x16.eq (local.get $block) (local.get $others)))))
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

        ;; The place of the lowest bit, which is then taken away.
        (block $written
          (loop $more
            (br_if $written (i64.eqz (local.get $bits)))
            (i32.store
              (local.get $to)
              (i32.add (i32.add (local.get $base) (local.get $at)) (i32.wrap_i64 (i64.ctz (local.get $bits)))))
            (local.set $bits (i64.and (local.get $bits) (i64.sub (local.get $bits) (i64.const 1))))
            (local.set $to (i32.add (local.get $to) (i32.const 4)))
            (br $more)))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $blocks)))
    (i32.shr_u (i32.sub (local.get $to) (local.get $from)) (i32.const 2))))
