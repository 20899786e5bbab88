import { describe, expect, it } from 'vitest'
import { protocolErrors } from '@platformatic/kafka'
import { kafkaRefusal } from '../../src/kafka/refusal.ts'

const about = { api: 'CreateDelegationToken', broker: 'kafka:9093' }

describe('kafkaRefusal', () => {
  it.each([
    [7, 'ERR_KAFKA_BUSY'],
    [33, 'ERR_KAFKA_MECHANISM'],
    [34, 'ERR_KAFKA_MECHANISM'],
    [35, 'ERR_KAFKA_VERSION'],
    [41, 'ERR_KAFKA_BUSY'],
    [58, 'ERR_KAFKA_LOGIN'],
    [61, 'ERR_KAFKA_TOKEN_DISABLED'],
    [62, 'ERR_KAFKA_TOKEN_NOT_FOUND'],
    [63, 'ERR_KAFKA_TOKEN_OWNER'],
    [64, 'ERR_KAFKA_TOKEN_NOT_ALLOWED'],
    [65, 'ERR_KAFKA_TOKEN_AUTHORIZATION'],
    [66, 'ERR_KAFKA_TOKEN_EXPIRED'],
    [67, 'ERR_KAFKA_TOKEN_PRINCIPAL_TYPE'],
    [31, 'ERR_KAFKA_REFUSED'],
    [9_999, 'ERR_KAFKA_REFUSED'],
  ])('makes of %i the row %s', (errorCode, code) => {
    expect(kafkaRefusal(errorCode, about)).toMatchObject({ code })
  })

  it('tells who refuses what, the error of Kafka and the words of the broker', () => {
    expect(kafkaRefusal(65, { ...about, message: 'Not  today,\nsorry' }).message).toBe(
      'kafka:9093 refuses CreateDelegationToken (65, DELEGATION_TOKEN_AUTHORIZATION_FAILED): Not today, sorry',
    )
    expect(kafkaRefusal(9_999, { ...about, message: null }).message).toBe(
      'kafka:9093 refuses CreateDelegationToken (error 9999)',
    )
  })

  it('never repeats a token that a broker quotes', () => {
    const { message } = kafkaRefusal(58, { ...about, message: 'bad token eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln' })
    expect(message).not.toContain('eyJ')
  })

  it('may pass by itself where Kafka itself would try again', () => {
    expect([7, 41, 5, 13].map((code) => kafkaRefusal(code, about).transient)).toEqual([true, true, true, true])
    expect([61, 65, 31, -1].map((code) => kafkaRefusal(code, about).transient)).toEqual([false, false, false, false])
  })

  it('names the setting or the command that mends it', () => {
    expect(kafkaRefusal(61, about).hint).toContain('delegation.token.secret.key')
    expect(kafkaRefusal(65, about).hint).toContain('kafka-acls.sh')
    expect(kafkaRefusal(31, about).hint).toContain('kafka-acls.sh')
    expect(kafkaRefusal(33, about).hint).toContain('sasl.enabled.mechanisms')
    expect(kafkaRefusal(61, { ...about, hint: 'Do this.' }).hint).toBe('Do this.')
  })

  it('has the names that Kafka has', () => {
    const codes = Array.from({ length: 134 }, (_, index) => index - 1).filter((code) => code !== 0)
    for (const code of codes) {
      const name = /\(-?\d+, (\w+)\)/.exec(kafkaRefusal(code, about).message)?.[1]
      if (name !== undefined) expect(protocolErrors[name]).toMatchObject({ code })
    }
  })
})
