;; Sums over one row of logits: the inner loops of sampling (logit-row.ts holds them assembled).
;; The row begins at 0 and is filled up with −infinity to a multiple of 1024 bytes, where `end` is.
(module
  (memory (export "memory") 1)

  (func (export "highest") (param $end i32) (result f32)
    (local $at i32) (local $most v128)
    (local.set $most (f32x4.splat (f32.const -inf)))
    (loop $next
      ;; pmax(a, b) is b only where a < b, so that what is not a number never wins.
      (local.set $most (f32x4.pmax (local.get $most) (v128.load (local.get $at))))
      (local.set $most (f32x4.pmax (local.get $most) (v128.load offset=16 (local.get $at))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 32))) (local.get $end))))
    (f32.max
      (f32.max (f32x4.extract_lane 0 (local.get $most)) (f32x4.extract_lane 1 (local.get $most)))
      (f32.max (f32x4.extract_lane 2 (local.get $most)) (f32x4.extract_lane 3 (local.get $most)))))

  ;; With d = (logit − most)·factor, not below −86: f64 sums of exp(d) and of d·exp(d), written to `out`.
  ;; 256 numbers at a time are added in single precision, then these sums in double. Constants are kept in locals: V8 would make them anew in the loop.
  (func (export "sums") (param $end i32) (param $most f32) (param $factor f32) (param $out i32)
    (local $at i32) (local $block i32) (local $d v128) (local $z v128) (local $t v128) (local $e v128)
    (local $sum v128) (local $weighted v128) (local $total f64) (local $total_weighted f64)
    (local $mosts v128) (local $factors v128) (local $lowest v128) (local $log2e v128) (local $magic v128) (local $p5 v128) (local $p6 v128) (local $p4 v128) (local $p3 v128) (local $p2 v128) (local $p1 v128) (local $p0 v128)
    (local.set $mosts (f32x4.splat (local.get $most)))
    (local.set $factors (f32x4.splat (local.get $factor)))
    (local.set $lowest (f32x4.splat (f32.const -86)))
    (local.set $log2e (f32x4.splat (f32.const 1.44269504)))
    (local.set $magic (f32x4.splat (f32.const 12582912)))
    (local.set $p5 (f32x4.splat (f32.const 1.3333558e-3)))
    (local.set $p6 (f32x4.splat (f32.const 1.5403530e-4)))
    (local.set $p4 (f32x4.splat (f32.const 9.6181291e-3)))
    (local.set $p3 (f32x4.splat (f32.const 5.5504109e-2)))
    (local.set $p2 (f32x4.splat (f32.const 0.24022651)))
    (local.set $p1 (f32x4.splat (f32.const 0.69314718)))
    (local.set $p0 (f32x4.splat (f32.const 1)))
    (loop $blocks
      (local.set $block (i32.add (local.get $at) (i32.const 1024)))
      (local.set $sum (f32x4.splat (f32.const 0)))
      (local.set $weighted (f32x4.splat (f32.const 0)))
      (loop $next
        (local.set $d
          (f32x4.pmax
            (local.get $lowest)
            (f32x4.mul
              (f32x4.sub (v128.load (local.get $at)) (local.get $mosts))
              (local.get $factors))))
        ;; 2^z with z = d·log2 e: adding 1.5·2^23 rounds z to a whole number, which then stands in the low bits of t.
        (local.set $z (f32x4.mul (local.get $d) (local.get $log2e)))
        (local.set $t (f32x4.add (local.get $z) (local.get $magic)))
        (local.set $z (f32x4.sub (local.get $z) (f32x4.sub (local.get $t) (local.get $magic))))
        ;; 2^z for |z| ≤ 1/2 by its series, then the whole number into the exponent.
        (local.set $e (f32x4.add (local.get $p5)
          (f32x4.mul (local.get $z) (local.get $p6))))
        (local.set $e (f32x4.add (local.get $p4) (f32x4.mul (local.get $z) (local.get $e))))
        (local.set $e (f32x4.add (local.get $p3) (f32x4.mul (local.get $z) (local.get $e))))
        (local.set $e (f32x4.add (local.get $p2) (f32x4.mul (local.get $z) (local.get $e))))
        (local.set $e (f32x4.add (local.get $p1) (f32x4.mul (local.get $z) (local.get $e))))
        (local.set $e (f32x4.add (local.get $p0) (f32x4.mul (local.get $z) (local.get $e))))
        (local.set $e (i32x4.add (local.get $e) (i32x4.shl (local.get $t) (i32.const 23))))
        (local.set $sum (f32x4.add (local.get $sum) (local.get $e)))
        (local.set $weighted (f32x4.add (local.get $weighted) (f32x4.mul (local.get $e) (local.get $d))))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $block))))
      (local.set $total (f64.add (local.get $total) (f64.promote_f32 (f32.add
        (f32.add (f32x4.extract_lane 0 (local.get $sum)) (f32x4.extract_lane 1 (local.get $sum)))
        (f32.add (f32x4.extract_lane 2 (local.get $sum)) (f32x4.extract_lane 3 (local.get $sum)))))))
      (local.set $total_weighted (f64.add (local.get $total_weighted) (f64.promote_f32 (f32.add
        (f32.add (f32x4.extract_lane 0 (local.get $weighted)) (f32x4.extract_lane 1 (local.get $weighted)))
        (f32.add (f32x4.extract_lane 2 (local.get $weighted)) (f32x4.extract_lane 3 (local.get $weighted)))))))
      (br_if $blocks (i32.lt_u (local.get $at) (local.get $end))))
    (f64.store (local.get $out) (local.get $total))
    (f64.store offset=8 (local.get $out) (local.get $total_weighted)))

  ;; Writes the places of logits from `least` on to `out`, in order. @returns how many
  (func (export "above") (param $end i32) (param $least f32) (param $out i32) (result i32)
    (local $at i32) (local $bits i32) (local $to i32)
    (local.set $to (local.get $out))
    (loop $next
      (local.set $bits (i32x4.bitmask (f32x4.ge (v128.load (local.get $at)) (f32x4.splat (local.get $least)))))
      (block $none
        (br_if $none (i32.eqz (local.get $bits)))
        (loop $each
          (i32.store (local.get $to)
            (i32.add (i32.shr_u (local.get $at) (i32.const 2)) (i32.ctz (local.get $bits))))
          (local.set $to (i32.add (local.get $to) (i32.const 4)))
          (br_if $each
            (local.tee $bits (i32.and (local.get $bits) (i32.sub (local.get $bits) (i32.const 1)))))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
    (i32.shr_u (i32.sub (local.get $to) (local.get $out)) (i32.const 2))))
