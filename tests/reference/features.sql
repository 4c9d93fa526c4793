-- What a shop knew of its customers at the end of a day, $day: one row per
-- customer_unique_id, in its order, with the columns of `segengine features`.
--
-- Needs the nine tables orders, customers, items, payments, reviews,
-- products, sellers, geolocation and translation: all columns text, with the
-- names of Kaggle's files, rowid counting rows as the files have them.
--
-- It was written from the definitions of the features, not from the code that
-- it checks. Sums are of whole numbers and decimals, so that no order of
-- addition shows.

WITH

as_of AS (
    SELECT CAST($day AS DATE) AS today
),

-- Tables with a key: of rows with the same key the first counts.

order_rows AS (
    SELECT
        order_id,
        customer_id,
        order_status AS status,
        CAST(order_purchase_timestamp AS TIMESTAMP) AS placed,
        CAST(CAST(NULLIF(order_delivered_customer_date, '') AS TIMESTAMP)
            AS DATE) AS delivered,
        CAST(CAST(NULLIF(order_estimated_delivery_date, '') AS TIMESTAMP)
            AS DATE) AS promised
    FROM orders
    QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY rowid) = 1
),

customer_rows AS (
    SELECT
        customer_id,
        customer_unique_id,
        CAST(NULLIF(customer_zip_code_prefix, '') AS INTEGER) AS zip,
        NULLIF(customer_state, '') AS state
    FROM customers
    QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY rowid) = 1
),

product_rows AS (
    SELECT product_id, NULLIF(product_category_name, '') AS category
    FROM products
    QUALIFY row_number() OVER (PARTITION BY product_id ORDER BY rowid) = 1
),

seller_rows AS (
    SELECT
        seller_id,
        CAST(NULLIF(seller_zip_code_prefix, '') AS INTEGER) AS zip
    FROM sellers
    QUALIFY row_number() OVER (PARTITION BY seller_id ORDER BY rowid) = 1
),

english_names AS (
    SELECT
        product_category_name AS category,
        product_category_name_english AS english
    FROM translation
    QUALIFY
        row_number() OVER (PARTITION BY product_category_name ORDER BY rowid)
        = 1
),

-- A zip code's place: medians of its points in the box that holds Brazil.

points AS (
    SELECT
        CAST(geolocation_zip_code_prefix AS INTEGER) AS zip,
        CAST(geolocation_lat AS DOUBLE) AS latitude,
        CAST(geolocation_lng AS DOUBLE) AS longitude
    FROM geolocation
),

places AS (
    SELECT
        zip,
        radians(median(latitude)) AS latitude,
        radians(median(longitude)) AS longitude
    FROM points
    WHERE
        latitude BETWEEN -33.76 AND 5.28
        AND longitude BETWEEN -73.99 AND -34.79
    GROUP BY zip
),

-- Orders that were placed, and what was known of them.

placed_orders AS (
    SELECT
        order_id,
        customer_unique_id,
        zip,
        state,
        today,
        placed,
        CAST(placed AS DATE) AS placed_day,
        promised,
        -- Nobody knows of a delivery before it is made.
        CASE WHEN delivered <= today THEN delivered END AS delivered,
        -- The table does not say when an order failed.
        status IN ('canceled', 'unavailable')
        AND COALESCE(promised, CAST(placed AS DATE)) <= today AS failed
    FROM order_rows
    INNER JOIN customer_rows USING (customer_id)
    CROSS JOIN as_of
    WHERE CAST(placed AS DATE) <= today
),

order_times AS (
    SELECT
        order_id,
        -- A delivery before the order is a slip of one of the dates.
        CASE
            WHEN delivered >= placed_day THEN delivered - placed_day
            WHEN delivered < placed_day THEN 0
        END AS delivery_days,
        CASE
            WHEN delivered IS NOT NULL THEN delivered - promised
            -- Overdue: late by so much already, and then given up.
            WHEN promised < today AND NOT failed
                THEN LEAST(today - promised, 90)
        END AS delay_days
    FROM placed_orders
),

-- Occasions: within 24 hours of the order before it is the same one.

counted_orders AS (
    SELECT
        *,
        LAG(placed) OVER (
            PARTITION BY customer_unique_id ORDER BY placed, order_id
        ) AS placed_before
    FROM placed_orders
    WHERE NOT failed
),

order_occasions AS (
    SELECT
        order_id,
        placed_before IS NULL
        OR placed > placed_before + INTERVAL 24 HOUR AS is_new
    FROM counted_orders
),

-- Lines of orders that count: a piece each, each number once per order.

item_rows AS (
    SELECT *
    FROM items
    QUALIFY
        row_number()
            OVER (PARTITION BY order_id, order_item_id ORDER BY rowid)
        = 1
),

lines AS (
    SELECT
        order_id,
        customer_unique_id,
        CAST(price AS DECIMAL(18, 4)) AS price,
        CAST(freight_value AS DECIMAL(18, 4)) AS freight,
        category,
        -- Haversine, on a sphere of the earth's mean radius.
        CAST(round(2 * 6371000 * asin(sqrt(
            sin((there.latitude - here.latitude) / 2) ** 2
            + cos(here.latitude) * cos(there.latitude)
            * sin((there.longitude - here.longitude) / 2) ** 2
        ))) AS BIGINT) AS metres
    FROM item_rows
    INNER JOIN counted_orders USING (order_id)
    LEFT JOIN product_rows USING (product_id)
    LEFT JOIN seller_rows USING (seller_id)
    LEFT JOIN places AS here ON counted_orders.zip = here.zip
    LEFT JOIN places AS there ON seller_rows.zip = there.zip
),

order_lines AS (
    SELECT
        order_id,
        SUM(price) AS price,
        SUM(freight) AS freight,
        COUNT(*) AS pieces,
        COUNT(metres) AS located,
        SUM(metres) AS metres
    FROM lines
    GROUP BY order_id
),

categories_bought AS (
    SELECT
        customer_unique_id,
        COALESCE(NULLIF(english, ''), category) AS name,
        SUM(price + freight) AS spent
    FROM lines
    LEFT JOIN english_names USING (category)
    WHERE category IS NOT NULL
    GROUP BY customer_unique_id, COALESCE(NULLIF(english, ''), category)
),

customer_categories AS (
    SELECT
        customer_unique_id,
        COUNT(*) AS categories,
        FIRST(name ORDER BY spent DESC, name) AS top_category
    FROM categories_bought
    GROUP BY customer_unique_id
),

-- Payments per order, each number once.

payment_rows AS (
    SELECT
        order_id,
        payment_type AS kind,
        CAST(payment_installments AS INTEGER) AS installments,
        CAST(payment_value AS DECIMAL(18, 4)) AS paid
    FROM payments
    QUALIFY
        row_number()
            OVER (PARTITION BY order_id, payment_sequential ORDER BY rowid)
        = 1
),

order_payments AS (
    SELECT
        order_id,
        MAX(installments) AS installments,
        SUM(paid) AS paid,
        SUM(paid) FILTER (WHERE kind = 'credit_card') AS card,
        SUM(paid) FILTER (WHERE kind = 'boleto') AS boleto,
        SUM(paid) FILTER (WHERE kind = 'voucher') AS voucher,
        SUM(paid) FILTER (WHERE kind = 'debit_card') AS debit
    FROM payment_rows
    GROUP BY order_id
),

-- The review of an order: the last that was answered, the worse of two at
-- once (and of two that are equally bad the one that says more).

answered_reviews AS (
    SELECT
        order_id,
        CAST(review_answer_timestamp AS TIMESTAMP) AS answered,
        CAST(review_score AS INTEGER) AS stars,
        -- White space around a comment says nothing, nor does that alone.
        COALESCE(length(regexp_replace(
            review_comment_message, '^[\s\p{Z}]+|[\s\p{Z}]+$', '', 'g'
        )), 0) AS comment_length
    FROM reviews
    CROSS JOIN as_of
    WHERE
        CAST(CAST(NULLIF(review_answer_timestamp, '') AS TIMESTAMP) AS DATE)
        <= today
),

order_reviews AS (
    SELECT *
    FROM answered_reviews
    QUALIFY row_number() OVER (
        PARTITION BY order_id
        ORDER BY answered DESC, stars, comment_length DESC
    ) = 1
),

-- Per customer. Every join above and here has one row per order.

sums AS (
    SELECT
        customer_unique_id,
        ANY_VALUE(today) AS today,
        MIN(placed_day) AS first_day,
        MAX(placed_day) AS last_day,
        LAST(state ORDER BY placed, order_id)
            FILTER (WHERE state IS NOT NULL) AS state,
        COUNT(*) AS placed,
        COUNT(*) FILTER (WHERE failed) AS failed,
        COUNT(pieces) AS itemized,
        COUNT(*) FILTER (WHERE is_new) AS occasions,
        -- Monday is 1.
        COUNT(*) FILTER (WHERE isodow(placed_day) >= 6) AS weekend,
        -- Of an order without items, what was paid.
        COALESCE(
            SUM(paid) FILTER (WHERE pieces IS NULL AND NOT failed), 0
        ) AS unitemized,
        COALESCE(SUM(price), 0) AS price,
        COALESCE(SUM(freight), 0) AS freight,
        COALESCE(SUM(pieces), 0) AS pieces,
        SUM(metres) AS metres,
        SUM(located) AS located,
        AVG(delivery_days) AS delivery_days,
        AVG(delay_days) AS delay_days,
        COUNT(answered) AS reviewed,
        AVG(stars) AS stars,
        FIRST(stars ORDER BY answered DESC, stars)
            FILTER (WHERE answered IS NOT NULL) AS last_stars,
        COUNT(*) FILTER (WHERE comment_length > 0) AS commented,
        AVG(comment_length) AS comment_length,
        AVG(installments) FILTER (WHERE NOT failed) AS installments,
        SUM(paid) FILTER (WHERE NOT failed) AS paid,
        SUM(card) FILTER (WHERE NOT failed) AS card,
        SUM(boleto) FILTER (WHERE NOT failed) AS boleto,
        SUM(voucher) FILTER (WHERE NOT failed) AS voucher,
        SUM(debit) FILTER (WHERE NOT failed) AS debit
    FROM placed_orders
    LEFT JOIN order_times USING (order_id)
    LEFT JOIN order_occasions USING (order_id)
    LEFT JOIN order_lines USING (order_id)
    LEFT JOIN order_payments USING (order_id)
    LEFT JOIN order_reviews USING (order_id)
    GROUP BY customer_unique_id
),

measures AS (
    SELECT
        customer_unique_id,
        today - last_day AS recency_days,
        occasions AS purchases,
        GREATEST(price + freight + unitemized, 0) AS spent,
        CAST(GREATEST(price + freight + unitemized, 0) AS DOUBLE)
        / NULLIF(occasions, 0) AS basket_mean,
        CAST(pieces AS DOUBLE) / NULLIF(itemized, 0) AS items_per_order,
        last_stars AS review_last,
        stars AS review_mean,
        CAST(reviewed = 0 AS INTEGER) AS review_missing,
        CAST(commented AS DOUBLE) / NULLIF(reviewed, 0) AS comment_share,
        comment_length,
        delivery_days,
        delay_days,
        CAST(failed AS DOUBLE) / placed AS failed_share,
        CASE
            WHEN price + freight > 0
                THEN CAST(freight AS DOUBLE) / CAST(price + freight AS DOUBLE)
        END AS freight_share,
        installments,
        CASE
            WHEN paid > 0
                THEN CAST(COALESCE(card, 0) AS DOUBLE) / CAST(paid AS DOUBLE)
        END AS card_share,
        CASE
            WHEN paid > 0
                THEN CAST(COALESCE(boleto, 0) AS DOUBLE) / CAST(paid AS DOUBLE)
        END AS boleto_share,
        CASE
            WHEN paid > 0
                THEN
                    CAST(COALESCE(voucher, 0) AS DOUBLE)
                    / CAST(paid AS DOUBLE)
        END AS voucher_share,
        CASE
            WHEN paid > 0
                THEN CAST(COALESCE(debit, 0) AS DOUBLE) / CAST(paid AS DOUBLE)
        END AS debit_share,
        categories,
        CAST(metres AS DOUBLE) / 1000 / NULLIF(located, 0) AS distance_km,
        today - first_day AS tenure_days,
        CAST(weekend AS DOUBLE) / placed AS weekend_share,
        state,
        top_category
    FROM sums
    LEFT JOIN customer_categories USING (customer_unique_id)
)

SELECT
    customer_unique_id,
    CAST(recency_days AS DOUBLE) AS recency_days,
    CAST(purchases AS DOUBLE) AS purchases,
    CAST(spent AS DOUBLE) AS spent,
    CAST(basket_mean AS DOUBLE) AS basket_mean,
    CAST(items_per_order AS DOUBLE) AS items_per_order,
    CAST(review_last AS DOUBLE) AS review_last,
    CAST(review_mean AS DOUBLE) AS review_mean,
    CAST(review_missing AS DOUBLE) AS review_missing,
    CAST(comment_share AS DOUBLE) AS comment_share,
    CAST(comment_length AS DOUBLE) AS comment_length,
    CAST(delivery_days AS DOUBLE) AS delivery_days,
    CAST(delay_days AS DOUBLE) AS delay_days,
    CAST(failed_share AS DOUBLE) AS failed_share,
    CAST(freight_share AS DOUBLE) AS freight_share,
    CAST(installments AS DOUBLE) AS installments,
    CAST(card_share AS DOUBLE) AS card_share,
    CAST(boleto_share AS DOUBLE) AS boleto_share,
    CAST(voucher_share AS DOUBLE) AS voucher_share,
    CAST(debit_share AS DOUBLE) AS debit_share,
    CAST(categories AS DOUBLE) AS categories,
    CAST(distance_km AS DOUBLE) AS distance_km,
    CAST(tenure_days AS DOUBLE) AS tenure_days,
    CAST(weekend_share AS DOUBLE) AS weekend_share,
    -- Among all customers, oneself included: who bought later, and half of
    -- those who bought on the same day.
    (
        rank() OVER (ORDER BY recency_days) - 1
        + CAST(COUNT(*) OVER (PARTITION BY recency_days) AS DOUBLE) / 2
    ) / COUNT(*) OVER () AS recency_rank,
    state,
    top_category
FROM measures
ORDER BY customer_unique_id
