;; Sums over one row of logits: the inner loops of sampling (logit-row.ts holds them assembled).
;; The row begins at 0 and is filled up with −infinity to a multiple of 1024 bytes, where `end` is.
(module
  (memory (export "memory") 1)

  (func (export "highest") (param $end i32) (result f32)
    (local $at i32) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $a (f32x4.splat (f32.const -inf)))
    (local.set $b (local.get $a))
    (local.set $c (local.get $a))
    (local.set $d (local.get $a))
    (loop $next
      ;; pmax(a, b) is b only where a < b, so that what is not a number never wins. Four at once: none waits for the one before it.
      (local.set $a (f32x4.pmax (local.get $a) (v128.load (local.get $at))))
      (local.set $b (f32x4.pmax (local.get $b) (v128.load offset=16 (local.get $at))))
      (local.set $c (f32x4.pmax (local.get $c) (v128.load offset=32 (local.get $at))))
      (local.set $d (f32x4.pmax (local.get $d) (v128.load offset=48 (local.get $at))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 64))) (local.get $end))))
    (local.set $a (f32x4.pmax (f32x4.pmax (local.get $a) (local.get $b)) (f32x4.pmax (local.get $c) (local.get $d))))
    (f32.max
      (f32.max (f32x4.extract_lane 0 (local.get $a)) (f32x4.extract_lane 1 (local.get $a)))
      (f32.max (f32x4.extract_lane 2 (local.get $a)) (f32x4.extract_lane 3 (local.get $a)))))

  ;; With d = (logit − most)·factor, not below −86: f64 sums of exp(d) and of d·exp(d), written to `out`.
  ;; 256 numbers at a time are added in single precision, then these sums in double. Constants are kept in locals: V8 would make them anew in the loop.
  (func (export "sums") (param $end i32) (param $most f32) (param $factor f32) (param $out i32)
    (local $at i32) (local $block i32) (local $z v128) (local $r v128) (local $t v128) (local $e v128)
    (local $sum v128) (local $weighted v128) (local $total f64) (local $total_weighted f64)
    (local $mosts v128) (local $scale v128) (local $lowest v128) (local $magic v128) (local $p5 v128) (local $p4 v128) (local $p3 v128) (local $p2 v128) (local $p1 v128) (local $p0 v128)
    (local.set $mosts (f32x4.splat (local.get $most)))
    ;; By log2 e: z = d·log2 e, so that exp(d) = 2^z.
    (local.set $scale (f32x4.splat (f32.mul (local.get $factor) (f32.const 1.44269504))))
    (local.set $lowest (f32x4.splat (f32.const -124)))
    (local.set $magic (f32x4.splat (f32.const 12582912)))
    ;; 2^r for |r| ≤ 1/2 within 9e-08, exact at 0.
    (local.set $p5 (f32x4.splat (f32.const 0.00132647273)))
    (local.set $p4 (f32x4.splat (f32.const 0.00967151299)))
    (local.set $p3 (f32x4.splat (f32.const 0.0555073358)))
    (local.set $p2 (f32x4.splat (f32.const 0.240222424)))
    (local.set $p1 (f32x4.splat (f32.const 0.693147004)))
    (local.set $p0 (f32x4.splat (f32.const 1)))
    (loop $blocks
      (local.set $block (i32.add (local.get $at) (i32.const 1024)))
      (local.set $sum (f32x4.splat (f32.const 0)))
      (local.set $weighted (f32x4.splat (f32.const 0)))
      (loop $next
        (local.set $z
          (f32x4.pmax
            (local.get $lowest)
            (f32x4.mul
              (f32x4.sub (v128.load (local.get $at)) (local.get $mosts))
              (local.get $scale))))
        ;; Adding 1.5·2^23 rounds z to a whole number, which then stands in the low bits of t; r is what is left.
        (local.set $t (f32x4.add (local.get $z) (local.get $magic)))
        (local.set $r (f32x4.sub (local.get $z) (f32x4.sub (local.get $t) (local.get $magic))))
        (local.set $e (f32x4.add (local.get $p4) (f32x4.mul (local.get $r) (local.get $p5))))
        (local.set $e (f32x4.add (local.get $p3) (f32x4.mul (local.get $r) (local.get $e))))
        (local.set $e (f32x4.add (local.get $p2) (f32x4.mul (local.get $r) (local.get $e))))
        (local.set $e (f32x4.add (local.get $p1) (f32x4.mul (local.get $r) (local.get $e))))
        (local.set $e (f32x4.add (local.get $p0) (f32x4.mul (local.get $r) (local.get $e))))
        ;; The whole number into the exponent.
        (local.set $e (i32x4.add (local.get $e) (i32x4.shl (local.get $t) (i32.const 23))))
        (local.set $sum (f32x4.add (local.get $sum) (local.get $e)))
        (local.set $weighted (f32x4.add (local.get $weighted) (f32x4.mul (local.get $e) (local.get $z))))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $block))))
      (local.set $total (f64.add (local.get $total) (f64.promote_f32 (f32.add
        (f32.add (f32x4.extract_lane 0 (local.get $sum)) (f32x4.extract_lane 1 (local.get $sum)))
        (f32.add (f32x4.extract_lane 2 (local.get $sum)) (f32x4.extract_lane 3 (local.get $sum)))))))
      (local.set $total_weighted (f64.add (local.get $total_weighted) (f64.promote_f32 (f32.add
        (f32.add (f32x4.extract_lane 0 (local.get $weighted)) (f32x4.extract_lane 1 (local.get $weighted)))
        (f32.add (f32x4.extract_lane 2 (local.get $weighted)) (f32x4.extract_lane 3 (local.get $weighted)))))))
      (br_if $blocks (i32.lt_u (local.get $at) (local.get $end))))
    (f64.store (local.get $out) (local.get $total))
    (f64.store offset=8 (local.get $out) (f64.mul (local.get $total_weighted) (f64.const 0.6931471805599453))))

  ;; Writes the places of logits from `least` on to `out`, in order. @returns how many
  (func (export "above") (param $end i32) (param $least f32) (param $out i32) (result i32)
    (local $at i32) (local $bits i32) (local $to i32) (local $leasts v128)
    (local.set $to (local.get $out))
    (local.set $leasts (f32x4.splat (local.get $least)))
    (loop $next
      ;; One bit for each of sixteen logits.
      (local.set $bits
        (i8x16.bitmask
          (i8x16.narrow_i16x8_s
            (i16x8.narrow_i32x4_s
              (f32x4.ge (v128.load (local.get $at)) (local.get $leasts))
              (f32x4.ge (v128.load offset=16 (local.get $at)) (local.get $leasts)))
            (i16x8.narrow_i32x4_s
              (f32x4.ge (v128.load offset=32 (local.get $at)) (local.get $leasts))
              (f32x4.ge (v128.load offset=48 (local.get $at)) (local.get $leasts))))))
      (block $none
        (br_if $none (i32.eqz (local.get $bits)))
        (loop $each
          (i32.store (local.get $to)
            (i32.add (i32.shr_u (local.get $at) (i32.const 2)) (i32.ctz (local.get $bits))))
          (local.set $to (i32.add (local.get $to) (i32.const 4)))
          (br_if $each
            (local.tee $bits (i32.and (local.get $bits) (i32.sub (local.get $bits) (i32.const 1)))))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 64))) (local.get $end))))
    (i32.shr_u (i32.sub (local.get $to) (local.get $out)) (i32.const 2))))
