;; Dot products of one query with many rows: the inner loop of exact vector search (scan.ts holds it assembled).
;; Rows are 8-bit integers, the query 16-bit ones; `dimensions` is a multiple of 16; the sums are exact 32-bit integers.
(module
  (memory (export "memory") 1)
  (func (export "dots")
    (param $query i32) (param $rows i32) (param $dimensions i32) (param $count i32) (param $sums i32)
    (local $row_end i32) (local $q i32) (local $x v128) (local $sum v128)
    (block $done
      (loop $each_row
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $row_end (i32.add (local.get $rows) (local.get $dimensions)))
        (local.set $q (local.get $query))
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (loop $each_16
          (local.set $x (v128.load (local.get $rows)))
          (local.set $sum
            (i32x4.add (local.get $sum)
              (i32x4.add
                (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $x)) (v128.load (local.get $q)))
                (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $x)) (v128.load offset=16 (local.get $q))))))
          (local.set $q (i32.add (local.get $q) (i32.const 32)))
          (br_if $each_16
            (i32.lt_u (local.tee $rows (i32.add (local.get $rows) (i32.const 16))) (local.get $row_end))))
        (i32.store (local.get $sums)
          (i32.add
            (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
            (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))
        (local.set $sums (i32.add (local.get $sums) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $each_row))))
)
